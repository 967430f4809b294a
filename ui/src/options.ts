// Choices for this tab: blurring, warnings, single keys; and how to stop.

import { button, h } from "./dom";
import { opened } from "./helps";
import { blurs, load, save } from "./prefs";
import type { Blur, Prefs } from "./prefs";
import type { Settings, Task } from "./wire";

const BLURS: readonly (readonly [Blur, string])[] = [
  ["all", "every picture"],
  ["warned", "pictures that come with a warning"],
  ["none", "none"],
];

/** What somebody chose for this tab, on top of the review's own settings. */
export class Options {
  readonly prefs: Prefs = load();

  constructor(private readonly settings: Settings) {}

  blurs(task: Task): boolean {
    return blurs(this.prefs, task.sensitive, this.settings.blurred === true);
  }

  warns(task: Task): boolean {
    return task.sensitive && this.settings.warn !== false && !this.prefs.warned;
  }

  choose(choice: Partial<Prefs>): void {
    Object.assign(this.prefs, choice);
    save(this.prefs);
  }

  open(changed: () => void, leave: () => void, closed: () => void): void {
    const blur = this.prefs.blur ?? (this.settings.blurred === true ? "all" : "warned");
    const kept = (): void => {
      save(this.prefs);
      changed();
    };
    opened(optionsDialog(this.prefs, blur, kept, leave, closed));
  }
}

function optionsDialog(prefs: Prefs, blur: Blur, changed: () => void, leave: () => void, closed: () => void): HTMLDialogElement {
  const radios = BLURS.map(([value, words]) => {
    const input = h("input", { type: "radio", name: "blur", value });
    input.checked = value === blur;
    input.addEventListener("change", () => {
      prefs.blur = value;
      changed();
    });
    return h("label", { class: "mark" }, input, h("span", {}, words));
  });
  const check = (words: string, name: "gentle" | "keys"): HTMLElement => {
    const input = h("input", { type: "checkbox" });
    input.checked = prefs[name];
    input.addEventListener("change", () => {
      prefs[name] = input.checked;
      changed();
    });
    return h("label", { class: "mark" }, input, h("span", {}, words));
  };
  const dialog = h(
    "dialog",
    { class: "options", "aria-labelledby": "options-title" },
    h("h2", { id: "options-title" }, "Options"),
    h("fieldset", {}, h("legend", {}, "Blurred until held"), ...radios),
    h("p", { class: "note" }, "Blurring is a courtesy; it has not been shown to protect anybody."),
    check("Show me no pictures that come with a warning", "gentle"),
    check("Single keys answer (turn this off if you dictate)", "keys"),
    h(
      "div",
      { class: "row end" },
      button("Stop for now", "", () => {
        dialog.close();
        leave();
      }),
      button("Back to the question", "", () => dialog.close(), { class: "main" }),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  return dialog;
}
