/** Paths to values in records, as a tree of keys: one walk over a record finds the values of all paths. */
import { create, equalBytes, fewBytes, Vector } from './arena';

/** A key of paths. */
@unmanaged
export class PathNode {
  key: usize;
  keyLength: u32;
  /** The first bytes of the key, which nearly always tell it from others. */
  keyHead: u64;
  children: Vector<PathNode>;
  /** Fields whose paths end here. */
  fields: Vector<u32>;
  /** Whether a string is one value, whatever it contains. */
  isWhole: bool;
  /** Whether the key is a path as it is written: a record that has it is refused. */
  isWritten: bool;
}

function createNode(): PathNode {
  const node = create<PathNode>();
  node.children = create<Vector<PathNode>>();
  node.fields = create<Vector<u32>>();
  return node;
}

/** The node of a record. */
export let root: PathNode = changetype<PathNode>(0);
/** Number of fields that have paths. */
export let fieldCount: u32 = 0;

/** Forgets all paths. Returns the node of a record, at which paths begin. */
export function beginPaths(fields: u32): PathNode {
  fieldCount = fields;
  root = createNode();
  return root;
}

/** Returns the child of a node by its key, which stays in memory; adds it if it is new. */
export function addKey(node: PathNode, key: usize, length: u32): PathNode {
  const known = childOf(node, key, length);
  if (known) return known;
  const child = createNode();
  child.key = key;
  child.keyLength = length;
  child.keyHead = headOf(key, length);
  node.children.push(child);
  return child;
}

/** Ends a path at a node. */
export function endPath(node: PathNode, field: u32, isWhole: bool): void {
  node.fields.push(field);
  if (isWhole) node.isWhole = true;
}

/** Makes the key of a node one that refuses a record. */
export function endWritten(node: PathNode): void {
  node.isWritten = true;
}

/** The child of a node with a key; null if no path has it. */
export function childOf(node: PathNode, key: usize, length: u32): PathNode | null {
  const head = headOf(key, length);
  const children = node.children;
  for (let i: u32 = 0; i < children.length; i++) {
    const child = children.at(i);
    if (child.keyHead !== head || child.keyLength !== length) continue;
    if (length <= 8 || equalBytes(child.key, key, length)) return child;
  }
  return null;
}

/** The first eight bytes of a key, or all of a shorter one. Bytes after a key can be read. */
function headOf(key: usize, length: u32): u64 {
  return fewBytes(key, min(length, 8));
}
