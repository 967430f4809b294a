// A question to the maintainer that wants a sentence.

import { button, h } from "./dom";
import { opened } from "./helps";

/** The sentence, or null where it was not given. */
export function ask(words: string, note: string, does: string): Promise<string | null> {
  const text = h("textarea", { id: "asked", rows: 3, maxlength: 500, required: true });
  return new Promise((resolve) => {
    const form = h(
      "form",
      {
        onsubmit: (event: SubmitEvent) => {
          event.preventDefault();
          dialog.close(text.value.trim());
        },
      },
      h("label", { for: "asked" }, words),
      text,
      h("p", { class: "note" }, note),
      h("div", { class: "row" }, button("Leave it", "", () => dialog.close()), h("button", { type: "submit", class: "main" }, does)),
    );
    const dialog = h("dialog", { "aria-label": words }, form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "" ? null : dialog.returnValue);
    });
    opened(dialog);
  });
}
