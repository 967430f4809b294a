// The loop: a question, an answer, the next one at once. Answers leave by the outbox; tasks come by the hand.

import { Offline, Refused } from "./api";
import type { Api } from "./api";
import { draftOf, keepDraft } from "./draft";
import { Hand } from "./hand";
import type { Held } from "./hand";
import { Helps } from "./helps";
import { commands, pressed } from "./keys";
import { Options } from "./options";
import { Outbox } from "./outbox";
import type { Entry, Outcome } from "./outbox";
import { NOT_USED, TOO_LATE, cutOff, done, ended, left, pausing, sentence, stoppedNow, trouble, warning } from "./pages";
import type { Prefs } from "./prefs";
import type { Shell } from "./shell";
import { TakeBack } from "./takeback";
import type { Given } from "./takeback";
import { View } from "./view";
import type { Me, Receipt, Task, Value } from "./wire";

export class Work {
  private readonly options: Options;
  private readonly outbox: Outbox;
  private readonly hand: Hand;
  private readonly helps: Helps;
  private view: View | null = null;
  private readonly past: TakeBack;
  /** A training answer whose feedback is waited for. */
  private training: Given | null = null;
  private page = "";
  private stopClock: () => void = () => undefined;
  private active = performance.now();
  private over = false;

  constructor(
    private readonly api: Api,
    private readonly shell: Shell,
    private readonly me: Me,
  ) {
    this.options = new Options(me.settings);
    this.helps = new Helps(api, this.options.prefs);
    this.outbox = new Outbox((entry) => this.send(entry), sessionStorage, (outcome) => this.heard(outcome), () => this.banner());
    this.past = new TakeBack(api, this.outbox, (task, picture) => this.again(task, picture), (words) => this.shell.say(words));
    this.hand = new Hand(api, () => this.outbox.leases, () => this.look(), (error) => this.failed(error));
  }

  start(): void {
    this.hand.gentle = this.options.prefs.gentle;
    this.shell.progress(this.me.progress);
    const tools: [string, string, () => void][] = [["Help", "?", () => void this.help()], ["Options", "", () => this.choose()]];
    if (this.me.role === "maintainer") tools.push(["Maintain", "", () => location.reload()]);
    this.shell.menu(...tools);
    document.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keyup", (event) => this.view?.keyUp(event));
    document.addEventListener("pointerdown", () => (this.active = performance.now()));
    addEventListener("blur", () => this.view?.stage?.hold(false));
    addEventListener("online", () => this.online());
    addEventListener("offline", () => this.banner());
    // a tab that is closed takes its unsent answers with it
    addEventListener("beforeunload", (event) => (this.outbox.waiting > 0 ? event.preventDefault() : undefined));
    setInterval(() => this.renew(), 10_000);
    this.online();
  }

  private online(): void {
    void this.outbox.pump();
    void this.hand.refill();
    this.banner();
  }

  private send(entry: Entry): Promise<Receipt> {
    return "skip" in entry ? this.api.post<Receipt>("/api/skip", { lease: entry.lease }) : this.api.post<Receipt>("/api/answer", entry);
  }

  private banner(): void {
    const { waiting } = this.outbox;
    const cut = this.outbox.cut || !navigator.onLine;
    if (this.outbox.shut) this.finish(() => ended(this.shell, waiting));
    else if (!cut) this.shell.warn("");
    else this.shell.warn(cutOff(waiting));
  }

  /** The question in hand, a break, or the end. */
  private look(): void {
    if (this.over || this.training !== null) return;
    const { current, end } = this.hand;
    for (const held of this.hand.all) void this.helps.fetch(held.task);
    if (end?.state === "stopped") return this.finish(() => void stoppedNow(this.api, this.shell, this.me, end.words));
    if (current !== undefined) {
      if (this.view?.held.task.lease !== current.task.lease && this.page !== current.task.lease) void this.show(current);
    } else if (end === null) this.wait();
    else if (end.state === "pause") this.pause(end.seconds, end.words);
    else if (end.state === "done" && this.outbox.waiting === 0) this.finish(() => done(this.shell, end.completion));
    else this.wait();
  }

  private wait(): void {
    if (this.page === "wait") return;
    this.leave("wait");
    this.shell.words(navigator.onLine ? "One moment …" : "Waiting for the connection …");
  }

  private pause(seconds: number, words: string): void {
    if (this.page === "pause") return;
    this.leave("pause");
    this.stopClock = pausing(this.shell, seconds, words, () => {
      this.leave("wait");
      this.hand.end = null;
      void this.hand.refill();
    });
  }

  private leave(page: string): void {
    this.stopClock();
    this.stopClock = () => undefined;
    this.view?.close();
    this.view = null;
    this.page = page;
  }

  private finish(show: () => void): void {
    if (this.over) return;
    this.over = true;
    this.leave("end");
    this.hand.clear();
    this.shell.menu();
    this.shell.warn("");
    show();
  }

  private async show(held: Held): Promise<void> {
    const { task } = held;
    if (task.sensitive && this.options.prefs.gentle) return this.skip(task.lease);
    this.leave(task.lease);
    if (this.options.warns(task)) return this.warn(held);
    if (!this.helps.ready(task) || task.image?.width === null) {
      this.shell.show(task.ask, "work");
      await this.helps.explain(task);
      if (task.image?.width === null) await held.ready;
      if (this.hand.current !== held || this.page !== task.lease) return;
    }
    this.put(held);
    if (await held.ready) return;
    this.view?.broken(task.lease, () => {
      this.leave("wait");
      void this.hand.again(task.lease);
    });
  }

  /** The question on the page. Nothing here waits: its picture is loaded and decoded. */
  private put(held: Held): void {
    const { task } = held;
    const stored = task.draft ?? draftOf(task.lease);
    const shown = stored === null ? held : { ...held, task: { ...task, draft: stored } };
    const view = new View(shown, this.helps.of(task), this.options.blurs(task), {
      submit: (value) => this.submit(held, value),
      say: (words) => this.shell.say(words),
      tell: (words) => this.shell.tell(words),
      changed: () => this.keep(),
      skip: () => this.skip(task.lease),
      undo: () => void this.past.back(),
    });
    this.view = view;
    this.shell.quiet();
    this.shell.show(task.ask, "work", view.element);
    view.focus();
  }

  private warn(held: Held): void {
    const chosen = (choice: Partial<Prefs>): void => {
      this.options.choose(choice);
      this.hand.gentle = this.options.prefs.gentle;
      void this.show(held);
    };
    warning(this.shell, {
      show: () => chosen({ warned: true }),
      none: () => chosen({ gentle: true }),
      skip: () => this.skip(held.task.lease),
    });
  }

  private keep(): void {
    if (this.view !== null) keepDraft(this.view.held.task.lease, this.view.draft());
  }

  private submit(held: Held, value: Value): void {
    if (this.view?.held.task.lease !== held.task.lease) return;
    if (!this.view.loaded) return this.shell.say("The picture is still on its way.");
    const seconds = this.view.seconds();
    keepDraft(held.task.lease, null);
    const given = { held, value };
    this.hand.drop(held.task.lease);
    if (!held.task.training) this.past.gave(given);
    else {
      this.training = given;
      this.view.checking(() => this.next());
    }
    this.outbox.add({ lease: held.task.lease, value, seconds });
    this.look();
  }

  private next(): void {
    this.training = null;
    this.look();
    void this.hand.refill();
  }

  private skip(lease: string): void {
    keepDraft(lease, null);
    this.hand.drop(lease);
    this.outbox.add({ lease, skip: true });
    this.look();
  }

  private heard({ entry, ...outcome }: Outcome): void {
    const changed = this.past.arrived(entry.lease);
    const trained = this.training?.held.task.lease === entry.lease ? this.training : null;
    const receipt = "receipt" in outcome ? outcome.receipt : null;
    if ("error" in outcome) this.shell.say(outcome.error.message, 8);
    else if (!("skip" in entry)) this.told(outcome.receipt, changed);
    if (trained !== null && receipt?.feedback) this.view?.feedback(receipt.feedback, trained.value, () => this.next());
    else if (trained !== null) this.next();
    void this.hand.refill();
    this.look();
  }

  private told({ state, hint, progress }: Receipt, changed: boolean): void {
    if (progress) this.shell.progress(progress);
    if (changed && (state === "late" || state === "refused")) this.shell.say(TOO_LATE, 8);
    else if (hint) this.shell.say(hint, 15);
    else if (state === "refused") this.shell.say(NOT_USED, 8);
  }

  /** A question that was answered comes back, with its answer. */
  private again(task: Task, picture: HTMLImageElement | null): void {
    this.keep();
    this.hand.return(task, picture);
    this.look();
    this.shell.say("Back at the question before.");
  }

  private failed(error: Refused | Offline): void {
    if (error instanceof Refused && error.status === 401) {
      this.outbox.shut = true;
      this.banner();
    } else if (error instanceof Offline || error.status >= 500 || error.status === 429) {
      if (this.hand.current === undefined) this.wait();
    } else if (this.hand.current !== undefined) this.shell.say(error.message, 8);
    else {
      this.leave("trouble");
      trouble(this.shell, error.message, () => void this.hand.refill());
    }
    this.banner();
  }

  private renew(): void {
    void this.hand.renew((performance.now() - this.active) / 1000, (lease) => {
      const shown = this.hand.current?.task.lease === lease;
      this.hand.drop(lease);
      if (shown) this.shell.say("That question was given to somebody else meanwhile. Here is the next one.", 8);
      this.look();
      void this.hand.refill();
    });
  }

  private async help(): Promise<void> {
    const task = this.view?.held.task;
    if (task === undefined || (await this.helps.show(task, () => this.view?.focus()))) return;
    this.shell.say("There is no connection: the help cannot be loaded.");
  }

  private choose(): void {
    const changed = (): void => {
      this.hand.gentle = this.options.prefs.gentle;
      const task = this.view?.held.task;
      if (task !== undefined) this.view?.blur(this.options.blurs(task));
    };
    this.options.open(changed, () => void this.stop(), () => this.view?.focus());
  }

  private async stop(): Promise<void> {
    const { waiting } = this.outbox;
    if (waiting > 0) return this.shell.say(`${cutOff(waiting)} Please stop when they have arrived.`, 8);
    try {
      await this.api.post("/api/leave");
      this.finish(() => left(this.shell));
    } catch (error) {
      this.shell.say(sentence(error));
    }
  }

  private key(event: KeyboardEvent): void {
    this.active = performance.now();
    if (!commands(event, this.options.prefs.keys)) return;
    if (event.key === "?") void this.help();
    else if (this.view === null || !this.view.key(event, pressed(event))) return;
    event.preventDefault();
  }
}
