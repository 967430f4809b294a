// Choices for this tab: blurring, warnings, single keys; and how to stop.

import { button, h } from "./dom";
import type { Blur, Prefs } from "./prefs";

const BLURS: readonly (readonly [Blur, string])[] = [
  ["all", "every picture"],
  ["warned", "pictures that come with a warning"],
  ["none", "none"],
];

export function optionsDialog(prefs: Prefs, blur: Blur, changed: () => void, leave: () => void, closed: () => void): HTMLDialogElement {
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
