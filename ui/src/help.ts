// The instructions of a kind of question: what to do, keys, drawn examples.

import { button, h } from "./dom";
import { drawing } from "./drawings";
import type { Example, Help, KeyWords, Task } from "./wire";

const NAMES: Record<string, string> = { Arrow: "Arrows", Delete: "Delete", Enter: "Enter", Tab: "Tab" };

const COMMON: readonly KeyWords[] = [
  { key: "Space", does: "hold", words: "hold: show a blurred picture" },
  { key: "?", does: "help", words: "this help" },
];

/** Where a box is judged, an example is right or not; elsewhere its words say what to answer. */
function example(one: Example, judged: boolean): HTMLElement {
  const mark = h("strong", { class: one.right ? "right" : "wrong" }, one.right ? "✓ Right. " : "✗ Not right. ");
  return h("li", { class: "example" }, drawing(one.drawing), h("p", {}, judged && mark, one.words));
}

function keys(help: Help): HTMLElement {
  const rows = [...help.keys, ...COMMON].map(({ key, words }) =>
    h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, NAMES[key] ?? key)), h("td", {}, words)),
  );
  return h("table", { class: "keys" }, h("tbody", {}, ...rows));
}

/** What a kind asks, in full; `closing` is the words of the button that goes on. */
export function helpDialog(help: Help, task: Task, closing: string, onclose: () => void): HTMLDialogElement {
  const judged = task.kind === "boxes" || task.kind === "tight";
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title", tabindex: "-1", autofocus: true }, help.title),
    h("p", { class: "ask" }, task.ask),
    // a word that is rated may be a slur: that is said before it is shown
    task.definition === "" || task.kind === "rate-label" ? null : h("p", { class: "definition" }, h("strong", {}, `${task.title || task.one}: `), task.definition),
    h("ul", {}, ...help.instructions.map((line) => h("li", {}, line))),
    help.examples.length === 0 ? null : h("h3", {}, "Examples"),
    help.examples.length === 0 ? null : h("ul", { class: "examples" }, ...help.examples.map((one) => example(one, judged))),
    h("section", { class: "keyed" }, h("h3", {}, "Keys"), keys(help)),
    h("div", { class: "row end" }, button(closing, "", () => dialog.close(), { class: "main" })),
  );
  dialog.addEventListener("keydown", (event) => {
    // the key that opens it closes it; Enter goes on from anywhere, once it is pressed anew
    if (event.key !== "?" && (event.key !== "Enter" || event.repeat)) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose();
  });
  return dialog;
}
