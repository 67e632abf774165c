// The answers of trees to one row (src/models/network/forest-kernel.ts lays out the memory). Four trees are walked at once, so
// that the processor waits for the nodes of all of them together. Their leaves are added in the order of the trees, so that
// sums are bit for bit those of the loop in JavaScript; test/models/network/forest-member.test.ts compares the two.
//
// A node has 8 bytes: the address of its left child, which the right one follows, and its rule. In the rule the lowest 8 bits are
// the largest bin that goes left, then come two flags, and from `FEATURE` on the number of the feature. A leaf has itself as
// its left child and sends every bin there, so that trees of different depths can be walked together.

/** Bytes of a node, which are also those of its value. */
const NODE: usize = 8
/** Flag of a node whose set of bins is looked up. */
const IN_SET: u32 = 1 << 8
/** Flag of a node whose gaps, bin 0, go right. */
const GAP_RIGHT: u32 = 1 << 9
/** Position of the feature's number. */
const FEATURE: u32 = 10

/**
 * Adds the leaves of a row to its sums.
 * @param bins a byte for each feature
 * @param roots addresses of the `count` trees' roots, 32 bits each; tree t adds to output t mod `outputs`
 * @param nodes address of the first node
 * @param values for each node what it adds, 64-bit floats
 * @param sets for each node the address of its set of 256 bins, 32 bits each
 * @param sums shape [outputs], 64 bits each
 */
export function addTrees(
  bins: usize,
  roots: usize,
  count: u32,
  nodes: usize,
  values: usize,
  sets: usize,
  outputs: u32,
  sums: usize,
): void {
  let output: u32 = 0
  let tree: u32 = 0
  for (; tree + 4 <= count; tree += 4) {
    let a = <usize>load<u32>(roots + (<usize>tree << 2))
    let b = <usize>load<u32>(roots + (<usize>tree << 2), 4)
    let c = <usize>load<u32>(roots + (<usize>tree << 2), 8)
    let d = <usize>load<u32>(roots + (<usize>tree << 2), 12)
    let moved: usize
    do {
      const nextA = child(a, bins, nodes, sets)
      const nextB = child(b, bins, nodes, sets)
      const nextC = child(c, bins, nodes, sets)
      const nextD = child(d, bins, nodes, sets)
      moved = (nextA ^ a) | (nextB ^ b) | (nextC ^ c) | (nextD ^ d)
      a = nextA
      b = nextB
      c = nextC
      d = nextD
    } while (moved !== 0)
    output = add(a, nodes, values, output, outputs, sums)
    output = add(b, nodes, values, output, outputs, sums)
    output = add(c, nodes, values, output, outputs, sums)
    output = add(d, nodes, values, output, outputs, sums)
  }
  for (; tree < count; tree++) {
    let node = <usize>load<u32>(roots + (<usize>tree << 2))
    for (let next = child(node, bins, nodes, sets); next !== node; next = child(node, bins, nodes, sets)) node = next
    output = add(node, nodes, values, output, outputs, sums)
  }
}

/** Returns the address of the child to which a row goes; of a leaf its own. */
// @ts-ignore: decorator
@inline function child(node: usize, bins: usize, nodes: usize, sets: usize): usize {
  const left = <usize>load<u32>(node)
  const rule = load<u32>(node, 4)
  const bin = <u32>load<u8>(bins + <usize>(rule >>> FEATURE))
  if (rule & IN_SET) {
    const set = <usize>load<u32>(sets + ((node - nodes) >> 1))
    return left + (((load<u32>(set + <usize>((bin >> 5) << 2)) >>> (bin & 31)) & 1) === 1 ? 0 : NODE)
  }
  const right = u32(bin > (rule & 0xff)) | (u32(bin === 0) & u32((rule & GAP_RIGHT) !== 0))
  return left + (<usize>right << 3)
}

/** Adds a leaf's value to an output. Returns the output of the next tree. */
// @ts-ignore: decorator
@inline function add(leaf: usize, nodes: usize, values: usize, output: u32, outputs: u32, sums: usize): u32 {
  const sum = sums + (<usize>output << 3)
  store<f64>(sum, load<f64>(sum) + load<f64>(values + (leaf - nodes)))
  return output + 1 === outputs ? 0 : output + 1
}
