// Back to the question before, with the answer that was given: from the outbox while it has not left, else from the
// server, which lets the next answer take the place of the first for a while.

import { Offline } from "./api";
import type { Api } from "./api";
import type { Held } from "./hand";
import type { Outbox } from "./outbox";
import { sentence } from "./pages";
import type { Task, Value } from "./wire";

/** So many answers can be taken back, one after the other. */
const MOST = 5;
const ARRIVED = "There is no connection: that answer has arrived, and can be changed when the connection is back.";

export interface Given {
  readonly held: Held;
  readonly value: Value;
}

export class TakeBack {
  private given: readonly Given[] = [];
  /** Asked for while the answer was on its way. */
  private wanted = "";
  private readonly amended = new Set<string>();

  /** `put` shows a question again; `say` tells why not. */
  constructor(
    private readonly api: Api,
    private readonly outbox: Outbox,
    private readonly put: (task: Task, picture: HTMLImageElement | null) => void,
    private readonly say: (words: string) => void,
  ) {}

  gave(given: Given): void {
    this.given = [...this.given, given].slice(-MOST);
  }

  async back(): Promise<void> {
    const last = this.given.at(-1);
    if (last === undefined) return this.say("There is nothing to undo.");
    const { lease } = last.held.task;
    if (this.outbox.take(lease) !== null) return this.again(last, last.held.task);
    this.wanted = this.outbox.leases.includes(lease) ? lease : "";
    if (this.wanted !== "") return;
    this.given = this.given.slice(0, -1);
    try {
      const { task } = await this.api.post<{ task: Task }>("/api/undo", { lease });
      this.amended.add(task.lease);
      this.again(last, task);
    } catch (error) {
      if (error instanceof Offline) this.given = [...this.given, last];
      this.say(error instanceof Offline ? ARRIVED : sentence(error));
    }
  }

  /** An answer has arrived; true where it was to change an earlier one. */
  arrived(lease: string): boolean {
    if (this.wanted === lease) void this.back();
    return this.amended.delete(lease);
  }

  private again(last: Given, task: Task): void {
    this.given = this.given.filter((given) => given !== last);
    this.put({ ...task, draft: task.draft ?? last.value }, last.held.picture);
  }
}
