// Pages of words: disclosure and consent, a warning, a break, the end, "answers not used".

import { Offline, Refused } from "./api";
import type { Api } from "./api";
import { button, h } from "./dom";
import type { Shell } from "./shell";
import type { Completion, Me } from "./wire";

export const TOO_LATE = "It was too late to change that answer; the first one counts.";
export const NOT_USED = "One answer came too late and is not used. That does not count against you.";

export const cutOff = (waiting: number): string =>
  `No connection: ${waiting === 1 ? "1 answer waits" : `${waiting} answers wait`} and will be sent. You can go on.`;

const row = (...buttons: HTMLElement[]): HTMLElement => h("div", { class: "row" }, ...buttons);

/** What is asked of people and what is recorded of them, before anything else. */
export function consenting(api: Api, shell: Shell, me: Me, agreed: () => void): void {
  const agree = button("I agree, begin", "", () => void send(), { class: "main" });
  const send = async (): Promise<void> => {
    try {
      await api.post("/api/consent");
      agreed();
    } catch (error) {
      shell.say(sentence(error));
    }
  };
  shell.words(
    "Before you begin",
    h("ul", { class: "disclosure" }, ...me.disclosure.map((line) => h("li", {}, line))),
    h("p", {}, "Your pseudonym is ", h("strong", {}, me.pseudonym), ". If you do not agree, close this page; that is all you need to do."),
    row(agree),
  );
}

/** Before the first picture of this kind. */
export function warning(shell: Shell, choose: { show(): void; skip(): void; none(): void }): void {
  shell.words(
    "The next picture may be upsetting",
    "It was marked as one that may show nudity, violence or something else that people should be warned of.",
    "It is blurred until you hold it. Blurring is a courtesy: it has not been shown to protect anybody. You need not look at any of these pictures, and it costs you nothing.",
    row(
      button("Show me none of these", "", choose.none),
      button("Skip this one", "", choose.skip),
      button("Go on, blurred", "", choose.show, { class: "main" }),
    ),
  );
}

/** A break that the server asks for; `over` is called when it ends. Returns what stops the clock. */
export function pausing(shell: Shell, seconds: number, words: string, over: () => void): () => void {
  const end = Date.now() + seconds * 1000;
  const left = h("p", { class: "left", "aria-live": "off" });
  const tick = (): void => {
    const wait = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const minutes = Math.floor(wait / 60);
    left.textContent = `${minutes}:${String(wait % 60).padStart(2, "0")}`;
    if (wait > 0) return;
    clearInterval(timer);
    shell.say("It goes on.");
    over();
  };
  const timer = setInterval(tick, 1000);
  shell.words(seconds < 60 ? "One moment" : "Time for a break", words, "Your place is kept, and it goes on by itself.", left);
  tick();
  return () => clearInterval(timer);
}

export function done(shell: Shell, completion: Completion | null): void {
  const parts: (Node | string | null)[] = ["There are no more questions for you. All your answers have arrived."];
  if (completion !== null) {
    const code = h("output", { class: "code", tabindex: "0" }, completion.code);
    const copy = button("Copy the code", "", () => {
      const copied = navigator.clipboard?.writeText(completion.code) ?? Promise.reject(new Error("no clipboard"));
      copied.then(
        () => shell.say("Copied."),
        () => {
          getSelection()?.selectAllChildren(code);
          shell.say("Please copy the code by hand; it is selected.");
        },
      );
    });
    parts.push("Your completion code:", code, row(copy));
    const url = completion.url ?? "";
    if (/^https?:\/\//.test(url)) {
      parts.push(h("p", {}, h("a", { href: url, rel: "noreferrer noopener" }, "Back to the site you came from")));
    }
  }
  shell.words("Thank you", ...parts);
}

export function trouble(shell: Shell, words: string, again: () => void): void {
  shell.words("That did not work", words, row(button("Try again", "", again, { class: "main" })));
}

export function left(shell: Shell): void {
  shell.words("You have stopped", "Your answers so far are kept. Open your link again if you want to go on.");
}

/** Answers are no longer used: said kindly, with the way to object. */
export function stopped(api: Api, shell: Shell, me: Me, words: string): void {
  const text = h("textarea", { id: "appeal", rows: 5, maxlength: 2000, required: true });
  const form = h(
    "form",
    {
      class: "appeal",
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        void send();
      },
    },
    h("label", { for: "appeal" }, "If you think that this is wrong, say so; a person will read it."),
    text,
    row(h("button", { type: "submit", class: "main" }, "Ask to look again")),
  );
  const send = async (): Promise<void> => {
    try {
      await api.post("/api/appeal", { text: text.value });
      form.replaceWith(h("p", { role: "status" }, "Your message has arrived. Open this page again to see what became of it."));
    } catch (error) {
      shell.say(sentence(error));
    }
  };
  const appeal = me.appealed ? h("p", {}, "You have asked to look again. Open this page later to see what became of it.") : form;
  shell.words(
    "Your answers are not used",
    words === "" ? "Your answers differ too often from what others and known pictures say. That happens to careful people, too." : words,
    me.can_appeal === false && !me.appealed ? null : appeal,
  );
}

/** The same for somebody who was not stopped when the page began: what they may do about it is asked anew. */
export async function stoppedNow(api: Api, shell: Shell, me: Me, words: string): Promise<void> {
  try {
    stopped(api, shell, await api.get<Me>("/api/me"), words);
  } catch (error) {
    stopped(api, shell, me, words);
    shell.say(sentence(error));
  }
}

/** No session any more, while answers wait. */
export function ended(shell: Shell, waiting: number): void {
  const wait =
    waiting === 0
      ? "All your answers have arrived."
      : `${waiting === 1 ? "One answer waits" : `${waiting} answers wait`} in this tab. Open your link in this same tab, and they are sent.`;
  shell.words("Your session has ended", wait, "Open your link again to go on.");
}

export function sentence(error: unknown): string {
  if (error instanceof Offline) return "There is no connection. Please try again.";
  if (error instanceof Refused) return error.message;
  throw error;
}
