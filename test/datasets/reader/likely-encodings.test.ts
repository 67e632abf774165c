import { expect, it } from 'vitest'
import { likelyReadings } from '../../../src/datasets/reader/likely-encodings.ts'

/** Lines as Python's codecs write them, and the encodings that may have written them. */
it.each<[encodings: string[], bytes: string, excerpt: string]>([
  [
    ['windows-1252'],
    '446173204175746f2066e468727420fc62657220646965204272fc636b652c206772f6df657220616c73206672fc6865722e20536368f66e65204772fcdf65',
    'Das Auto fährt über die Brücke, größer a',
  ],
  [
    ['windows-1252', 'windows-1250', 'windows-1257'],
    '4c6520636166e920e974616974206665726de920e0206361757365206465206c92e974e93b2064e96ae0207472e87320666174696775e9',
    'Le café était fermé à cause de l’été; dé',
  ],
  [
    ['windows-1252', 'windows-1250', 'windows-1257'],
    '456c206e69f16f20636f6d69f3206d61f1616e6120656e2045737061f1612c20bf7175e92074616c3f',
    'El niño comió mañana en España, ¿qué tal',
  ],
  [
    ['windows-1250'],
    '5a61bff3b3e62067ea9c6cb9206a619ff12c20647a6965f120646f6272792c2070726f737aea20626172647a6f3b209c776965746e7920706f6bf36a',
    'Zażółć gęślą jaźń, dzień dobry, proszę b',
  ],
  [
    ['windows-1250'],
    '50f8ed6c699a209e6c759d6f75e86bfd206bf9f220fa70ec6c20efe162656c736be920f364793b2076656c6d6920646f6272e9',
    'Příliš žluťoučký kůň úpěl ďábelské ódy; ',
  ],
  [
    ['windows-1252', 'windows-1250', 'windows-1257'],
    'c17276ed7a74fb72f52074fc6bf67266fa72f367e9702c206e6167796f6e206af320737ae16c6c6f6461',
    'Árvíztűrő tükörfúrógép, nagyon jó szállo',
  ],
  [
    ['windows-1251'],
    'cef7e5edfc20f5eef0eef8e8e920eef2e5ebfc2c20ecede520efeeedf0e0e2e8ebeef1fc20e2f1b8',
    'Очень хороший отель, мне понравилось всё',
  ],
  [
    ['windows-1251', 'windows-1253', 'koi8-r'],
    'efebeef5ee20f0e0e1eef2e0e5f23b20e2e5f0edf3eb20eee1f0e0f2edee',
    'плохо работает; вернул обратно',
  ],
  [['windows-1251', 'windows-1253'], 'c4eee1f0e52c20f5f3e1e0e220f5eef2e5eb', 'Добре, хубав хотел'],
  [
    ['windows-1253'],
    'd0efebfd20eae1ebfc20eee5edefe4eff7e5dfef2c20eceff520dcf1e5f3e5',
    'Πολύ καλό ξενοδοχείο, μου άρεσε',
  ],
  [
    ['windows-1252', 'windows-1250', 'windows-1254'],
    'c76f6b2067fc7a656c20626972206f74656c2c20fe69646465746c6520746176736979652065646572696d2c20fdf064fd7220dd7374616e62756c',
    'Çok güzel bir otel, şiddetle tavsiye ede',
  ],
  [
    ['shift_jis'],
    '82c682c482e097c782a2837a8365838b82c582b582bd814282dc82bd978882bd82a282c582b7',
    'とても良いホテルでした。また来たいです',
  ],
  [['shift_jis'], '89bf8a6982aa8d8282a2', '価格が高い'],
  [['gb18030'], 'd5e2bcd2bec6b5eab7c7b3a3bac3a3acced2badccfb2bbb6', '这家酒店非常好，我很喜欢'],
  [['gb18030'], 'bcdbb8f1ccabb8dfc1cba3acb7fecef1b2bbbac3', '价格太高了，服务不好'],
  [['big5'], 'b36fae61b6baa9b1ab44b160a66ea141a7daabdcb3dfc577', '這家飯店非常好，我很喜歡'],
  [['big5'], 'bbf9aee6a4d3b0aaa446a141aa41b0c8a4a3a66e', '價格太高了，服務不好'],
  [['cp949'], 'c0cc20bfb5c8ad20c1a4b8bb20c0e7b9ccc0d6beeebfe4', '이 영화 정말 재미있어요'],
  [['cp949'], 'bab0b7cebfb4beeebfe420bdc3b0a3c0cc20bec6b1f5b4d9', '별로였어요 시간이 아깝다'],
  [['euc-jp'], 'a4c8a4c6a4e2cec9a4a4a5dba5c6a5eba4c7a4b7a4bf', 'とても良いホテルでした'],
  [
    ['koi8-r'],
    'efdec5ced820c8cfd2cfdbc9ca20cfd4c5ccd82c20cdcec520d0cfced2c1d7c9cccfd3d8',
    'Очень хороший отель, мне понравилось',
  ],
])('%j reads a line', (encodings, bytes, excerpt) => {
  const readings = likelyReadings(Buffer.from(bytes, 'hex'))
  expect(readings.map(({ encodings: [first] }) => first)).toEqual(encodings)
  expect(readings.map((reading) => reading.excerpt)).toContain(excerpt)
})

it('an excerpt stands around the first character that is not ASCII, and no character is halved', () => {
  const line = Buffer.from(`${'a'.repeat(500)}\xe9${'b'.repeat(500)}\r\n`, 'latin1')
  expect(likelyReadings(line)[0]).toEqual({
    encodings: ['windows-1252', 'windows-1250', 'windows-1254', 'windows-1257'],
    excerpt: `${'a'.repeat(15)}é${'b'.repeat(24)}`,
  })
  const long = Buffer.concat([Buffer.from('a'), Buffer.from('c7d1'.repeat(600), 'hex')])
  expect(likelyReadings(long).flatMap(({ encodings }) => encodings)).toContain('cp949')
})

it('bytes that no encoding has are read by none', () => {
  expect(likelyReadings(Buffer.from('8198ff', 'hex'))).toEqual([])
})
