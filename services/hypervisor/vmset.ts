/** What is known of a VM: nothing; a member; listed, but removed since. */
const ABSENT = 0;
const MEMBER = 1;
const REMOVED = 2;

/** VMs of which something is to be done at the next tick: added and removed in any order, visited by number. */
export class VmSet {
  readonly #state: Uint8Array;
  readonly #list: Uint32Array;
  #listed = 0;
  #size = 0;

  constructor(vms: number) {
    this.#state = new Uint8Array(vms);
    this.#list = new Uint32Array(vms);
  }

  get size(): number {
    return this.#size;
  }

  has(vm: number): boolean {
    return this.#state[vm] === MEMBER;
  }

  add(vm: number): void {
    if (this.#state[vm] === MEMBER) return;
    if (this.#state[vm] === ABSENT) this.#list[this.#listed++] = vm;
    this.#state[vm] = MEMBER;
    this.#size++;
  }

  /** The members, ascending. The view is valid until the next member is added. */
  sorted(): Uint32Array {
    if (this.#listed > this.#size) this.#compact();
    return this.#list.subarray(0, this.#size).sort();
  }

  /** Its place in the list is given up when the list is next asked for: searched for now, removing all would be quadratic. */
  remove(vm: number): void {
    if (this.#state[vm] !== MEMBER) return;
    this.#state[vm] = REMOVED;
    this.#size--;
  }

  clear(): void {
    for (let i = 0; i < this.#listed; i++) this.#state[this.#list[i] as number] = ABSENT;
    this.#listed = 0;
    this.#size = 0;
  }

  #compact(): void {
    let kept = 0;
    for (let i = 0; i < this.#listed; i++) {
      const vm = this.#list[i] as number;
      if (this.#state[vm] === MEMBER) this.#list[kept++] = vm;
      else this.#state[vm] = ABSENT;
    }
    this.#listed = kept;
  }
}
