// The auditor: aggregates, and single pictures only by a grant that is logged.

import type { Api } from "./api";
import { button, h } from "./dom";
import { sentence } from "./pages";
import type { Shell } from "./shell";
import { progressOf } from "./summary";
import { plain } from "./tables";
import type { Row } from "./tables";

interface Grant {
  readonly id: number;
  readonly image: { readonly url: string };
  readonly reason: string;
  readonly expires: number;
}

export async function auditing(api: Api, shell: Shell): Promise<void> {
  shell.heading("Auditor");
  try {
    const [summary, grants] = await Promise.all([api.get<Row>("/api/audit/summary"), api.get<Grant[]>("/api/audit/grants")]);
    shell.menu(["Look again", "", () => void auditing(api, shell)]);
    const asking = request(api, shell);
    shell.show(
      "Audit",
      "maintain",
      h("h1", { tabindex: "-1" }, "Audit"),
      progressOf(summary),
      h("section", { class: "card" }, h("h2", {}, "Pictures that you may see"), ...granted(grants)),
      h("section", { class: "card" }, h("h2", {}, "Ask for a picture"), asking),
    );
  } catch (error) {
    shell.words("This could not be loaded", sentence(error), button("Try again", "", () => void auditing(api, shell), { class: "main" }));
  }
}

function granted(grants: readonly Grant[]): HTMLElement[] {
  if (grants.length === 0) return [h("p", { class: "none" }, "None. A maintainer can grant one, for a time and a reason.")];
  return grants.map((grant) => {
    const frame = h("div", { class: "granted" });
    const show = button("Show it; this is logged", "", () => {
      frame.replaceChildren(h("img", { src: grant.image.url, alt: "the picture of this grant" }));
    });
    frame.append(show);
    return h("article", {}, h("p", {}, `${grant.reason}. Until ${plain(grant.expires, "expires")}.`), frame);
  });
}

function request(api: Api, shell: Shell): HTMLFormElement {
  const sample = h("input", { id: "sample", required: true, maxlength: 4096, autocomplete: "off" });
  const reason = h("textarea", { id: "reason", rows: 3, required: true, minlength: 3, maxlength: 1000 });
  const form = h(
    "form",
    {
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        void send();
      },
    },
    h("label", { for: "sample" }, "Which sample"),
    sample,
    h("label", { for: "reason" }, "Why"),
    reason,
    h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, "Ask the maintainer")),
  );
  const send = async (): Promise<void> => {
    try {
      await api.post("/api/audit/request", { sample_id: sample.value, reason: reason.value });
      form.reset();
      shell.say("Asked. When it is granted, it stands above.");
    } catch (error) {
      shell.say(sentence(error));
    }
  };
  return form;
}
