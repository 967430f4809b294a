// Undo and redo over values that are never changed in place.

const MOST = 500;

export class History<T> {
  private past: T[] = [];
  private future: T[] = [];
  private present: T;
  private tag = "";

  constructor(first: T) {
    this.present = first;
  }

  get now(): T {
    return this.present;
  }

  get canUndo(): boolean {
    return this.past.length > 0;
  }

  get canRedo(): boolean {
    return this.future.length > 0;
  }

  /** A new state. Steps in a row with the same `tag` (an arrow key held down) are undone as one. */
  set(next: T, tag = ""): void {
    if (tag === "" || tag !== this.tag) this.past.push(this.present);
    if (this.past.length > MOST) this.past.shift();
    this.tag = tag;
    this.present = next;
    this.future = [];
  }

  /** The next step is undone by itself, whatever its tag. */
  seal(): void {
    this.tag = "";
  }

  undo(): boolean {
    const before = this.past.pop();
    if (before === undefined) return false;
    this.future.push(this.present);
    this.present = before;
    this.tag = "";
    return true;
  }

  redo(): boolean {
    const after = this.future.pop();
    if (after === undefined) return false;
    this.past.push(this.present);
    this.present = after;
    this.tag = "";
    return true;
  }
}
