import { describe, expect, it } from 'vitest'
import { readScheduleBody, ScheduleBody } from '../../../src/jobs/schedules/body.ts'
import { cronFault, nextTime, tidyCron, timeZoneFault } from '../../../src/jobs/schedules/cron.ts'

describe('the times of a schedule', () => {
  it.each([
    '0 3 * * *',
    ' 0  3\t* * * ',
    '*/5 9-17 1,15 JAN-jun mon',
    '0 0 L * ?',
    '0 0 * * 5L',
    '0 0 * * MON#2',
    '30 0 3 * * *',
    '0 0 29 2 *',
    `${'0 3 * *'.padEnd(199)}*`,
  ])('may be %j', (cron) => {
    expect(cronFault(cron)).toBeUndefined()
    expect(nextTime({ cron, timeZone: 'UTC' })).toBeGreaterThan(Date.now())
  })

  const RULE = /^Expected five fields \(minute, hour, day of month, month, day of week\), or six/
  it.each<[string, RegExp]>([
    ['', RULE],
    ['0 3 * *', RULE],
    ['0 0 3 * * * *', RULE],
    ['@daily', RULE],
    // A random time would be another one in each process.
    ['H 3 * * *', RULE],
    ['0 3 * * MONDAY', RULE],
    ['0 3 * * XMON', RULE],
    ['0 3; * * *', RULE],
    [`${'0 3 * *'.padEnd(200)}*`, RULE],
    ['60 3 * * *', /"0 3 \* \* \*"; one of the fields is out of its range$/],
    ['0 24 * * *', /one of the fields is out of its range$/],
    ['0 3 * 13 *', /one of the fields is out of its range$/],
    ['*/30 0 3 * * *', /^Runs must be at least a minute apart/],
    ['0,1 0 3 * * *', /^Runs must be at least a minute apart/],
    ['0 0 31 2 *', /out of its range$/],
    ['0 0 31 4,6 *', /^There is no such time$/],
  ])('are not %j', (cron, message) => {
    expect(cronFault(cron)).toMatch(message)
  })

  it('are told with single spaces', () => {
    expect(tidyCron('  0  3\t* * * ')).toBe('0 3 * * *')
  })

  it('follow the time zone, and its summer time', () => {
    const from = new Date('2026-03-28T12:00:00Z')
    const next = (timeZone: string, at = from) =>
      new Date(nextTime({ cron: '0 3 * * *', timeZone }, at) ?? 0).toISOString()
    expect(next('UTC')).toBe('2026-03-29T03:00:00.000Z')
    expect(next('Asia/Seoul')).toBe('2026-03-28T18:00:00.000Z')
    // The clock is set from 2 to 3 that night.
    expect(next('Europe/Berlin')).toBe('2026-03-29T01:00:00.000Z')
    // The time itself is not after itself.
    expect(next('UTC', new Date('2026-03-29T03:00:00Z'))).toBe('2026-03-30T03:00:00.000Z')
    expect(nextTime({ cron: 'never', timeZone: 'UTC' })).toBeNull()
  })

  it.each(['UTC', 'Asia/Seoul', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'GMT-0'])(
    'may be in the time zone %s',
    (timeZone) => {
      expect(timeZoneFault(timeZone)).toBeUndefined()
    },
  )

  it.each(['', '+09:00', '9', 'Mars/Base', ' UTC', 'UTC ', 'a'.repeat(65), 'Asia/Seoul\n'])(
    'may not be in the time zone %j',
    (timeZone) => {
      expect(timeZoneFault(timeZone)).toMatch(
        /^Expected a time zone of the IANA database, such as "Asia\/Seoul"/,
      )
    },
  )
})

describe('the body of a schedule', () => {
  const parse = (body: object) => ScheduleBody.parse({ cron: '0 3 * * *', ...body })
  const takes = (body: object) => ScheduleBody.safeParse({ cron: '0 3 * * *', ...body }).success

  it('has defaults, and a tidy expression', () => {
    expect(parse({ cron: ' 0 3 *  * *' })).toEqual({ cron: '0 3 * * *', timeZone: 'UTC', force: true })
    expect(parse({ force: false, timeZone: 'Asia/Seoul' })).toMatchObject({
      force: false,
      timeZone: 'Asia/Seoul',
    })
  })

  it('keeps 1 to 1,000,000 versions', () => {
    expect([1, 1_000_000].map((keepVersions) => takes({ keepVersions }))).toEqual([true, true])
    expect([0, 1_000_001, 1.5, '1'].map((keepVersions) => takes({ keepVersions }))).toEqual(
      Array(4).fill(false),
    )
    expect(takes({ model: 'm' })).toBe(false)
  })

  it('is refused with every problem, the first one in the message', () => {
    const refused = (body: object) => {
      try {
        return readScheduleBody({ cron: '0 3 * * *', ...body })
      } catch (error) {
        return error
      }
    }
    expect(refused({})).toMatchObject({ cron: '0 3 * * *' })
    expect(refused({ timeZone: '+09:00' })).toMatchObject({
      code: 'invalid-schedule',
      message: expect.stringMatching(/^Invalid schedule\. \/timeZone: Expected a time zone .* or "UTC"\.$/),
      problems: [{ path: '/timeZone', message: expect.stringMatching(/^Expected a time zone/) }],
    })
    expect(refused({ cron: '60 3 * * *', keepVersions: 0, timeZone: '' })).toMatchObject({
      message: expect.stringMatching(/^Invalid schedule\. \/cron: .* out of its range\. \(and 2 more\)$/),
      problems: [{ path: '/cron' }, { path: '/timeZone' }, { path: '/keepVersions' }],
    })
  })
})
