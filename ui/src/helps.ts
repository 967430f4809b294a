// The words of each kind of question, asked for once; the first time in a tab they are shown before the question is.

import { Offline, Refused } from "./api";
import type { Api } from "./api";
import { helpDialog } from "./help";
import { save } from "./prefs";
import type { Prefs } from "./prefs";
import type { Help, Task } from "./wire";

/** What is said of words is the same for each; their addresses shall not name them. */
const keyOf = (task: Task): string => (task.kind === "rate-label" ? task.kind : `${task.kind}?thing=${encodeURIComponent(task.thing)}`);

export class Helps {
  private readonly known = new Map<string, Help>();
  private readonly asked = new Map<string, Promise<Help | null>>();

  constructor(
    private readonly api: Api,
    private readonly prefs: Prefs,
  ) {}

  /** The words, if they are here. */
  of(task: Task): Help | null {
    return this.known.get(keyOf(task)) ?? null;
  }

  /** Whether the question can be shown at once. */
  ready(task: Task): boolean {
    return this.known.has(keyOf(task)) && this.prefs.read.includes(task.kind);
  }

  /** The words; null without a connection. */
  fetch(task: Task): Promise<Help | null> {
    const key = keyOf(task);
    const known = this.asked.get(key) ?? this.ask(key);
    this.asked.set(key, known);
    return known;
  }

  private async ask(key: string): Promise<Help | null> {
    try {
      const help = await this.api.get<Help>(`/api/help/${key}`);
      this.known.set(key, help);
      return help;
    } catch (error) {
      this.asked.delete(key);
      if (error instanceof Refused || error instanceof Offline) return null;
      throw error;
    }
  }

  /** Shows them if they were not shown in this tab; resolves when they are read. */
  async explain(task: Task): Promise<void> {
    const help = await this.fetch(task);
    if (help === null || this.prefs.read.includes(task.kind)) return;
    this.prefs.read.push(task.kind);
    save(this.prefs);
    await new Promise<void>((resolve) => opened(helpDialog(help, task, "Begin", resolve)));
  }

  /** Shows them again; false without a connection. */
  async show(task: Task, closed: () => void): Promise<boolean> {
    const help = await this.fetch(task);
    if (help === null) return false;
    opened(helpDialog(help, task, "Back to the question", closed));
    return true;
  }
}

export function opened(dialog: HTMLDialogElement): void {
  if (document.querySelector("dialog[open]") !== null) return;
  document.body.append(dialog);
  dialog.showModal();
}
