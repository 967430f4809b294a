// The questions in hand: the one on the screen, and the next with its picture already loaded and decoded.

import { Offline, Refused } from "./api";
import type { Api } from "./api";
import type { Next, Task } from "./wire";

/** The one that is shown and the next. */
const WANTED = 2;
/** Somebody who has done nothing for this long, in seconds, is taken to have gone: their leases are let run out. */
const IDLE = 120;

export interface Held {
  readonly task: Task;
  readonly picture: HTMLImageElement | null;
  /** Whether the picture could be loaded. */
  readonly ready: Promise<boolean>;
}

type End = Exclude<Next, { state: "tasks" }>;

export class Hand {
  private tasks: Held[] = [];
  private busy = false;
  private closed = false;
  /** This lease comes before all others. */
  private first = "";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly spans = new Map<string, { expires: number; long: number }>();
  /** What the server said instead of a task, when it was last asked. */
  end: End | null = null;
  /** Only such questions as need no warning. */
  gentle = false;

  /** `others` are leases that are ours, too: answers on their way. `changed` is called when there is news. */
  constructor(
    private readonly api: Api,
    private readonly others: () => string[],
    private readonly changed: () => void,
    private readonly failed: (error: Refused | Offline) => void,
  ) {}

  get all(): readonly Held[] {
    return this.tasks;
  }

  get current(): Held | undefined {
    return this.tasks[0];
  }

  /** Takes the current one away (it is answered, skipped or gone); the next takes its place. */
  drop(lease: string): void {
    this.tasks = this.tasks.filter((held) => held.task.lease !== lease);
    this.spans.delete(lease);
  }

  /** Puts a question in front of all others (undo). */
  return(task: Task, picture: HTMLImageElement | null): void {
    this.tasks = [
      { task, picture, ready: Promise.resolve(true) },
      ...this.tasks.filter((held) => held.task.lease !== task.lease),
    ];
    this.timed(task);
  }

  /** Drops all (stopped, left). */
  clear(): void {
    this.closed = true;
    this.tasks = [];
    clearTimeout(this.timer);
  }

  /** Asks for as many as are missing; again by itself where the connection is cut or the server busy. */
  async refill(): Promise<void> {
    if (this.busy || this.closed || this.tasks.length >= WANTED) return;
    clearTimeout(this.timer);
    this.busy = true;
    try {
      const have = [...this.tasks.map((held) => held.task.lease), ...this.others()];
      const next = await this.api.post<Next>("/api/next", { count: WANTED, have, ...(this.gentle ? { sensitive: false } : {}) });
      // taken back meanwhile: their pictures leave the memory, too
      for (const lease of next.drop ?? []) this.drop(lease);
      if (next.state === "tasks") {
        this.end = null;
        const known = new Set([...have, ...this.others(), ...this.tasks.map((held) => held.task.lease)]);
        for (const task of next.tasks) if (!known.has(task.lease)) this.take(task);
        // all that is ours is on its way: ask again when it has arrived, or soon
        if (this.tasks.length === 0) this.timer = setTimeout(() => void this.refill(), 2000);
      } else this.end = next;
      this.busy = false;
      this.changed();
    } catch (error) {
      this.busy = false;
      if (!(error instanceof Refused) && !(error instanceof Offline)) throw error;
      const again = error instanceof Offline || error.status === 429 || error.status >= 500;
      const wait = error instanceof Refused && error.after > 0 ? error.after : 2;
      if (again) this.timer = setTimeout(() => void this.refill(), wait * 1000);
      this.failed(error);
    }
  }

  /** The picture anew: its address lives for minutes only, and the server gives the same lease with a fresh one. */
  async again(lease: string): Promise<void> {
    this.drop(lease);
    this.first = lease;
    await this.refill();
  }

  /** Renews the leases that have run half their time, while somebody is there; `lost` is told which are gone. */
  async renew(idle: number, lost: (lease: string) => void): Promise<void> {
    if (idle > IDLE) return;
    for (const { task } of [...this.tasks]) {
      const span = this.spans.get(task.lease);
      if (span === undefined || span.expires - this.api.now() > span.long / 2) continue;
      try {
        const said = await this.api.post<{ expires?: number }>("/api/renew", { lease: task.lease });
        this.spans.set(task.lease, { ...span, expires: said.expires ?? this.api.now() + span.long });
      } catch (error) {
        if (error instanceof Refused && (error.status === 404 || error.status === 409)) lost(task.lease);
        else if (!(error instanceof Refused) && !(error instanceof Offline)) throw error;
      }
    }
  }

  private take(task: Task): void {
    this.timed(task);
    const held = { task, ...pictured(task) };
    this.tasks = task.lease === this.first ? [held, ...this.tasks] : [...this.tasks, held];
  }

  private timed(task: Task): void {
    this.spans.set(task.lease, { expires: task.expires, long: Math.max(task.expires - this.api.now(), 1) });
  }
}

/** The picture, on its way and decoded as soon as it is there. */
function pictured(task: Task): Omit<Held, "task"> {
  if (task.image === null) return { picture: null, ready: Promise.resolve(true) };
  const picture = new Image();
  picture.alt = "";
  picture.decoding = "sync";
  picture.src = task.image.url;
  const ready = picture.decode().then(
    () => true,
    () => false,
  );
  return { picture, ready };
}
