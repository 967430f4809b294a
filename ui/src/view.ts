// One question on the page: its words, its picture, and what is pressed to answer it.

import { button, h } from "./dom";
import { Marks, told } from "./marks";
import { panelFor } from "./panel";
import type { Hooks, Panel } from "./panel";
import { Stage } from "./stage";
import type { Held } from "./hand";
import type { Feedback, Help, Task, Value } from "./wire";

export interface Done extends Hooks {
  skip(): void;
  undo(): void;
}

const ZOOM = 1.35;

function staged(picture: HTMLImageElement, task: Task, blurred: boolean): Stage {
  // where the frame's size is not known before, the picture's own tells it
  const width = task.image?.width ?? (picture.naturalWidth || 1);
  const height = task.image?.height ?? (picture.naturalHeight || 1);
  const boxes = task.boxes.length === 0 ? "" : `, ${task.boxes.length} ${task.boxes.length === 1 ? "box" : "boxes"}`;
  return new Stage(picture, { width, height }, blurred, `${task.ask} Picture, ${width} by ${height} pixels${boxes}`);
}

export class View {
  readonly element: HTMLElement;
  readonly stage: Stage | null;
  private readonly panel: Panel;
  private readonly side: HTMLElement;
  private readonly reveal: HTMLButtonElement;
  private kept = false;
  /** What Enter does while no answer is taken. */
  private next: (() => void) | null = null;
  private waiting = false;
  /** Whether there is anything to answer about: the picture is there. */
  loaded = false;
  /** When it was last put before somebody's eyes, and the seconds before that: time away does not count. */
  private since = performance.now();
  private spent = 0;

  constructor(
    readonly held: Held,
    help: Help | null,
    blurred: boolean,
    private readonly done: Done,
  ) {
    const { task, picture } = held;
    this.reveal = button("Show the picture", "", () => this.toggle(), { class: "tool reveal" });
    this.stage = picture === null || task.image === null ? null : staged(picture, task, blurred);
    this.stage?.onShade((shown, can) => this.shown(shown, can));
    this.panel = panelFor(task, help, this.stage, done);
    const undo = button("Undo", "u", () => this.undo(), { class: "tool" });
    const back = task.kind === "boxes" ? null : undo;
    const skip = button("Skip", "s", done.skip, { class: "tool" });
    this.side = h("div", { class: task.kind === "boxes" ? "side many" : "side" }, this.zooms(), this.panel.element, h("div", { class: "row less" }, back, skip));
    this.element = h("div", { class: this.stage === null ? "question bare" : "question" }, this.facts(), this.stage?.element ?? this.word(), this.side);
    // a click leaves the focus where keys are expected: on the picture
    this.side.addEventListener("click", (event) => {
      if (event.detail > 0 && (event.target as Element).closest("button") && this.side.contains(document.activeElement)) this.focus();
    });
    document.addEventListener("visibilitychange", this.away);
    this.stage?.element.classList.add("loading");
    void held.ready.then((ready) => {
      this.stage?.element.classList.remove("loading");
      this.loaded = ready;
      this.spent = 0;
      this.since = performance.now();
    });
  }

  private facts(): HTMLElement {
    const { task } = this.held;
    const training = task.training ? h("span", { class: "chip" }, "Training: you will be told what was right") : null;
    const definition = task.definition === "" ? null : h("p", { class: "definition" }, h("strong", {}, `${task.title || task.one}: `), task.definition);
    const context = task.context === "" ? null : h("p", { class: "context" }, task.context);
    return h("div", { class: "facts" }, h("h1", {}, task.ask), training, definition, context);
  }

  /** What stands in the picture's place where a word is asked about. */
  private word(): HTMLElement {
    const { task } = this.held;
    return h("p", { class: "word", tabindex: "0", "aria-label": `${task.ask} ${task.title || task.one}` }, task.title || task.one || task.thing);
  }

  private zooms(): HTMLElement | null {
    const { stage } = this;
    if (stage === null) return null;
    return h(
      "div",
      { class: "zooms", role: "toolbar", "aria-label": "picture" },
      button("Zoom out", "-", () => stage.zoom(1 / ZOOM), { class: "tool icon", "data-icon": "−" }),
      button("Show all", "0", () => stage.all(), { class: "tool icon", "data-icon": "⤢" }),
      button("Zoom in", "+", () => stage.zoom(ZOOM), { class: "tool icon", "data-icon": "+" }),
      this.reveal,
    );
  }

  private toggle(): void {
    this.kept = !this.kept;
    this.stage?.keep(this.kept);
  }

  private shown(shown: boolean, can: boolean): void {
    this.reveal.hidden = !can;
    this.reveal.firstElementChild!.textContent = this.kept ? "Blur it again" : "Show the picture";
    this.reveal.setAttribute("aria-pressed", String(this.kept));
    this.reveal.classList.toggle("on", shown);
  }

  blur(blurred: boolean): void {
    this.stage?.setBlurred(blurred);
  }

  focus(): void {
    const target = this.stage?.element ?? this.element.querySelector<HTMLElement>(".word");
    target?.focus({ preventScroll: true });
  }

  /** Back within the question, or to the question before. */
  undo(): void {
    if (!this.panel.undo()) this.done.undo();
  }

  key(event: KeyboardEvent, key: string): boolean {
    const { stage } = this;
    const command = event.ctrlKey || event.metaKey;
    if (this.answering(event, key, command)) return true;
    if (command) return false;
    if (this.next !== null && key === "Enter" && !event.repeat) this.next();
    else if (key === "+" || key === "=") stage?.zoom(ZOOM);
    else if (key === "-") stage?.zoom(1 / ZOOM);
    else if (key === "0") stage?.all();
    else if (key === " ") stage?.hold(true);
    else return document.activeElement === stage?.element && stage.key(event);
    return true;
  }

  /** Keys that answer, undo or skip. */
  private answering(event: KeyboardEvent, key: string, command: boolean): boolean {
    if (this.waiting) return false;
    const undo = command ? key === "z" : key === "u";
    if ((undo && event.shiftKey) || (command && key === "y")) this.panel.redo();
    else if (undo && (command || !event.repeat)) this.undo();
    else if (command) return false;
    else if (this.panel.key(event, key)) return true;
    else if (key === "s" && !event.repeat) this.done.skip();
    else return false;
    return true;
  }

  keyUp(event: KeyboardEvent): void {
    if (event.key === " ") this.stage?.hold(false);
  }

  draft(): Value | null {
    return this.panel.draft();
  }

  /** Seconds for which the question was on the screen. */
  seconds(): number {
    const now = document.hidden ? 0 : performance.now() - this.since;
    return Math.round((this.spent + now) / 10) / 100;
  }

  private readonly away = (): void => {
    if (document.hidden) this.spent += performance.now() - this.since;
    this.since = performance.now();
  };

  /** Nothing more is taken; `words` say why. */
  private wait(words: string, ...more: HTMLElement[]): void {
    this.waiting = true;
    this.side.replaceChildren(h("p", { role: "status" }, words), h("div", { class: "row" }, ...more));
  }

  /** A training answer is on its way. */
  checking(next: () => void): void {
    this.wait("One moment …", button("Go on without being told", "", next));
  }

  /** The picture of this lease did not come. */
  broken(lease: string, again: () => void): void {
    if (this.held.task.lease !== lease) return;
    const skip = button("Skip", "", this.done.skip);
    this.wait("The picture could not be shown.", skip, button("Try again", "", again, { class: "main" }));
  }

  /** What a training question's answer is, drawn on the picture. */
  feedback(said: Feedback, value: Value, next: () => void): void {
    const { stage } = this;
    if (stage !== null && said.boxes && "boxes" in value) new Marks(stage, told(value.boxes, said.boxes));
    stage?.setBlurred(false);
    this.waiting = true;
    this.next = next;
    const go = button("Next question", "Enter", next, { class: "main" });
    this.side.replaceChildren(
      this.zooms() ?? "",
      h("h2", { class: said.right ? "right" : "wrong" }, said.right ? "✓ Right" : "✗ Not quite"),
      h("p", { role: "status" }, said.words),
      h("div", { class: "row" }, go),
    );
    go.focus({ preventScroll: true });
  }

  close(): void {
    this.stage?.close();
    document.removeEventListener("visibilitychange", this.away);
  }
}
