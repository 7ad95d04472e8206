/** VMs of which something is to be done at the next tick: added in any order, visited by number. */
export class VmSet {
  readonly #member: Uint8Array;
  readonly #list: Uint32Array;
  #size = 0;

  constructor(vms: number) {
    this.#member = new Uint8Array(vms);
    this.#list = new Uint32Array(vms);
  }

  get size(): number {
    return this.#size;
  }

  has(vm: number): boolean {
    return this.#member[vm] === 1;
  }

  add(vm: number): void {
    if (this.#member[vm] === 1) return;
    this.#member[vm] = 1;
    this.#list[this.#size++] = vm;
  }

  /** The members, ascending. The view is valid until the set changes. */
  sorted(): Uint32Array {
    return this.#list.subarray(0, this.#size).sort();
  }

  remove(vm: number): void {
    if (this.#member[vm] === 0) return;
    this.#member[vm] = 0;
    const place = this.#list.subarray(0, this.#size).indexOf(vm);
    this.#list[place] = this.#list[--this.#size] as number;
  }

  clear(): void {
    for (let i = 0; i < this.#size; i++) this.#member[this.#list[i] as number] = 0;
    this.#size = 0;
  }
}
