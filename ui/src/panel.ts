// What people press to answer, for each kind of question. A panel knows its keys; it tells its answer once.

import { button, h } from "./dom";
import { Editor } from "./editor";
import { Marks, asked } from "./marks";
import type { Stage } from "./stage";
import type { Choice, Help, Task, Value } from "./wire";

export interface Panel {
  readonly element: HTMLElement;
  /** True where the key was ours. */
  key(event: KeyboardEvent, key: string): boolean;
  /** Takes the last step back within this question; false where there is none. */
  undo(): boolean;
  redo(): boolean;
  /** What has been entered so far, so that a reload does not lose it; null: nothing yet. */
  draft(): Value | null;
}

export interface Hooks {
  submit(value: Value): void;
  /** Seen and said. */
  say(words: string): void;
  /** Said to screen readers: it can be seen anyway. */
  tell(words: string): void;
  changed(): void;
}

export function panelFor(task: Task, help: Help | null, stage: Stage | null, hooks: Hooks): Panel {
  if (task.kind === "boxes" && stage !== null) return boxesPanel(task, stage, hooks);
  if (stage !== null) new Marks(stage, asked(task.boxes));
  const box = task.boxes[0]?.box;
  if (task.kind === "tight" && box !== undefined) stage?.startAround(box, 0.45);
  if (task.kind === "flags") return flagsPanel(task, help, hooks);
  if (task.kind === "label") return labelPanel(task, help, hooks);
  if (task.kind === "rate-label") return ratingPanel(task, help, hooks);
  return choicePanel(task, help, hooks);
}

const worded = (help: Help | null, does: string, otherwise: string): string => {
  const words = help?.keys.find((key) => key.does === does)?.words ?? otherwise;
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const still = { undo: () => false, redo: () => false };

function choicePanel(task: Task, help: Help | null, hooks: Hooks): Panel {
  const before = task.draft && "choice" in task.draft ? task.draft.choice : null;
  const one = (choice: "yes" | "no", key: string): HTMLElement =>
    button(worded(help, choice, choice), key, () => hooks.submit({ choice }), {
      class: before === choice ? "choice before" : "choice",
      "data-choice": choice,
    });
  const was = before === null ? null : h("p", { class: "was" }, `You said ${before} before.`);
  return {
    ...still,
    element: h("div", { class: "choices", role: "group", "aria-label": "your answer" }, one("yes", "y"), one("no", "n"), was),
    key: (event, key) => {
      if (event.repeat || (key !== "y" && key !== "n")) return false;
      hooks.submit({ choice: key === "y" ? "yes" : "no" });
      return true;
    },
    draft: () => null,
  };
}

/** Two labels, in an order that says nothing of which is which: one of them, both or neither. */
function labelPanel(task: Task, help: Help | null, hooks: Hooks): Panel {
  const before = task.draft && "choice" in task.draft ? task.draft.choice : null;
  const choices: [string, Choice, string, string][] = (task.labels ?? []).map(({ is, title, definition }, at) => [String(at + 1), is, title, definition]);
  choices.push(["b", "both", worded(help, "both", "both"), ""], ["n", "neither", worded(help, "neither", "neither"), ""]);
  const one = ([key, choice, title, definition]: [string, Choice, string, string]): HTMLElement => {
    const made = button(title, key, () => hooks.submit({ choice }), { class: before === choice ? "choice before" : "choice", "data-choice": choice });
    if (definition !== "") made.firstElementChild!.append(h("small", {}, definition));
    return made;
  };
  return {
    ...still,
    element: h("div", { class: "choices labels", role: "group", "aria-label": "your answer" }, ...choices.map(one)),
    key: (event, key) => {
      const found = choices.find(([own]) => own === key);
      if (event.repeat || found === undefined) return false;
      hooks.submit({ choice: found[1] });
      return true;
    },
    draft: () => null,
  };
}

const FLAGS = ["sexual", "minor", "violent", "watermark", "private-document", "other"];

function flagsPanel(task: Task, help: Help | null, hooks: Hooks): Panel {
  const names = task.flags ?? help?.flags ?? FLAGS;
  const before = task.draft && "flags" in task.draft ? task.draft.flags : [];
  const boxes = names.map((name, at) => {
    const input = h("input", { type: "checkbox", name, checked: before.includes(name), onchange: hooks.changed });
    input.checked = before.includes(name);
    return { name, key: String(at + 1), input };
  });
  const chosen = (): string[] => boxes.filter(({ input }) => input.checked).map(({ name }) => name);
  const send = (): void => {
    if (chosen().length === 0) hooks.say("Mark at least one, or say “None of these”.");
    else hooks.submit({ flags: chosen(), nothing: false });
  };
  const none = (): void => {
    if (chosen().length === 0) hooks.submit({ flags: [], nothing: true });
    else hooks.say("Something is marked: take the marks away first, or send them.");
  };
  const element = h(
    "div",
    { class: "flags" },
    h(
      "fieldset",
      {},
      h("legend", {}, task.ask),
      ...boxes.map(({ name, key, input }) =>
        h("label", { class: "mark" }, input, h("span", {}, worded(help, name, name)), h("kbd", { "aria-hidden": "true" }, key)),
      ),
    ),
    h("div", { class: "row" }, button("None of these", "n", none), button("Send", "Enter", send, { class: "main" })),
  );
  return {
    ...still,
    element,
    key: (event, key) => {
      const box = boxes.find((one) => one.key === key);
      if (box !== undefined && !event.repeat) {
        box.input.checked = !box.input.checked;
        hooks.tell(`${worded(help, box.name, box.name)}: ${box.input.checked ? "marked" : "not marked"}`);
        hooks.changed();
      } else if (key === "n" && !event.repeat) none();
      else if (key === "Enter" && !event.repeat) send();
      else return false;
      return true;
    },
    draft: () => (chosen().length === 0 ? null : { flags: chosen(), nothing: false }),
  };
}

const SAFETY: readonly (readonly [string, string])[] = [["offensive", "o"], ["sensitive", "e"], ["safe", "f"]];

function ratingPanel(task: Task, help: Help | null, hooks: Hooks): Panel {
  const before = task.draft && "safety" in task.draft ? task.draft : null;
  const radio = (name: string, value: string, words: string, key: string, on: boolean): [HTMLInputElement, HTMLElement] => {
    const input = h("input", { type: "radio", name, value, onchange: hooks.changed });
    input.checked = on;
    return [input, h("label", { class: "mark" }, input, h("span", {}, words), h("kbd", { "aria-hidden": "true" }, key))];
  };
  const safety = SAFETY.map(([value, key]) => radio("safety", value, worded(help, value, value), key, before?.safety === value));
  const easy = [1, 2, 3, 4, 5].map((value) =>
    radio("imageability", String(value), String(value), String(value), before?.imageability === value),
  );
  const picked = (group: [HTMLInputElement, HTMLElement][]): string => group.find(([input]) => input.checked)?.[0].value ?? "";
  const send = (): void => {
    if (picked(safety) === "" || picked(easy) === "") hooks.say("Answer both: what the word is, and how easily it calls up a picture.");
    else hooks.submit({ safety: picked(safety), imageability: Number(picked(easy)) });
  };
  const element = h(
    "div",
    { class: "rating" },
    h("fieldset", {}, h("legend", {}, "The word, said of a person, is"), ...safety.map(([, label]) => label)),
    h(
      "fieldset",
      { class: "scale" },
      h("legend", {}, "How easily does it call up a picture? 1: hardly, 5: at once"),
      ...easy.map(([, label]) => label),
    ),
    h("div", { class: "row" }, button("Send", "Enter", send, { class: "main" })),
  );
  return {
    ...still,
    element,
    key: (event, key) => {
      const at = SAFETY.findIndex(([, letter]) => letter === key);
      const group = at >= 0 ? safety[at] : easy[Number(key) - 1];
      if (group !== undefined) {
        group[0].checked = true;
        hooks.tell(group[1].querySelector("span")?.textContent ?? "");
        hooks.changed();
      } else if (key === "Enter" && !event.repeat) send();
      else return false;
      return true;
    },
    draft: () => {
      const [word, number] = [picked(safety), picked(easy)];
      return word === "" && number === "" ? null : { safety: word, imageability: Number(number) };
    },
  };
}

function boxesPanel(task: Task, stage: Stage, hooks: Hooks): Panel {
  const before = task.draft && "boxes" in task.draft ? task.draft.boxes : task.boxes;
  let touched = false;
  const editor: Editor = new Editor(stage, before, hooks.tell, () => {
    touched = true;
    refresh();
    hooks.changed();
  });
  const send = (): void => {
    if (editor.items.length > 0) hooks.submit({ boxes: editor.value(), nothing: false });
    else hooks.say("There is no box. Draw one, or say “Nothing here”.");
  };
  const nothing = (): void => {
    if (editor.items.length === 0) hooks.submit({ boxes: [], nothing: true });
    else {
      editor.clear();
      hooks.say("All boxes are taken away. Say “Nothing here” again to send that, or undo.");
    }
  };
  const undo = button("Undo", "u", () => editor.undo(), { class: "tool" });
  const redo = button("Redo", "U", () => editor.redo(), { class: "tool" });
  const remove = button("Delete", "Delete", () => editor.delete(), { class: "tool" });
  const add = button("Add", "a", () => editor.add(), { class: "tool" });
  const sending = button("Send", "Enter", send, { class: "main" });
  const refresh = (): void => {
    disable(undo, !editor.canUndo);
    disable(redo, !editor.canRedo);
    disable(remove, !editor.hasSelected);
    const { length } = editor.items;
    sending.firstElementChild!.textContent = length === 0 ? "Send" : length === 1 ? "Send 1 box" : `Send ${length} boxes`;
  };
  refresh();
  const tools = h("div", { class: "tools", role: "toolbar", "aria-label": "boxes" }, add, remove, undo, redo);
  const answers = h("div", { class: "row" }, button("Nothing here", "n", nothing), sending);
  return {
    element: h("div", { class: "boxing" }, tools, answers),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
    key: (event, key) => {
      if (editor.key(event)) return true;
      if (event.repeat) return false;
      if (key === "a") editor.add();
      else if (key === "n") nothing();
      else if (key === "Enter") send();
      else return false;
      return true;
    },
    draft: () => (touched ? { boxes: editor.value(), nothing: false } : null),
  };
}

/** Not the attribute: a button that is disabled under the focus would lose it. */
function disable(one: HTMLElement, off: boolean): void {
  one.setAttribute("aria-disabled", String(off));
}
