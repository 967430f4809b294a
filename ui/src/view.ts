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

  key(event: KeyboardEvent): boolean {
    const { stage } = this;
    const z = !this.waiting && event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey);
    const redo = event.key === "U" || (event.key === "y" && event.ctrlKey);
    if ((z && event.shiftKey) || (redo && !this.waiting)) this.panel.redo();
    else if (z) this.undo();
    else if (event.ctrlKey || event.metaKey) return false;
    else if (!this.waiting && this.panel.key(event)) return true;
    else if (!this.waiting && event.key === "u" && !event.repeat) this.undo();
    else if (!this.waiting && event.key === "s" && !event.repeat) this.done.skip();
    else if (this.next !== null && event.key === "Enter" && !event.repeat) this.next();
    else if (event.key === "+" || event.key === "=") stage?.zoom(ZOOM);
    else if (event.key === "-") stage?.zoom(1 / ZOOM);
    else if (event.key === "0") stage?.all();
    else if (event.key === " ") stage?.hold(true);
    else return document.activeElement === stage?.element && stage.key(event);
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
  wait(words: string, ...more: HTMLElement[]): void {
    this.waiting = true;
    this.side.replaceChildren(h("p", { role: "status" }, words), ...more);
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
