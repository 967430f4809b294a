// What the server says and hears, as in docs/reference/review-page.md. Boxes are in pixels of the shown picture.

import type { Corners } from "./geometry";

export type Kind = "boxes" | "tight" | "missed" | "category" | "flags" | "rate-label" | "audit" | "label";

export interface GivenBox {
  readonly box: Corners;
  readonly from?: number | null;
}

/** yes or no; of two labels: the one that is there, the other, both, neither. */
export type Choice = "yes" | "no" | "given" | "guessed" | "both" | "neither";

export interface Label {
  readonly is: "given" | "guessed";
  readonly title: string;
  readonly definition: string;
}

export type Value =
  | { readonly boxes: readonly GivenBox[]; readonly nothing: boolean }
  | { readonly choice: Choice }
  | { readonly flags: readonly string[]; readonly nothing: boolean }
  | { readonly safety: string; readonly imageability: number };

export interface Task {
  readonly lease: string;
  /** Seconds since the epoch, by the server's clock. */
  readonly expires: number;
  readonly kind: Kind;
  readonly thing: string;
  readonly one: string;
  readonly many: string;
  readonly ask: string;
  readonly title: string;
  readonly definition: string;
  readonly context: string;
  readonly sensitive: boolean;
  /** A question whose answer is known and told afterwards. */
  readonly training: boolean;
  readonly image: { readonly url: string; readonly width: number | null; readonly height: number | null } | null;
  readonly boxes: readonly GivenBox[];
  readonly flags?: readonly string[];
  /** Two, in an order of chance. */
  readonly labels?: readonly Label[];
  readonly draft?: Value | null;
}

export interface Settings {
  readonly blurred?: boolean;
  readonly warn?: boolean;
  readonly kinds?: readonly Kind[];
  readonly home?: string;
}

export interface Progress {
  readonly answered: number;
  readonly median_seconds?: number | null;
  readonly left?: number | null;
}

export interface Me {
  readonly role: "maintainer" | "reviewer" | "worker" | "auditor";
  readonly pseudonym: string;
  readonly csrf: string;
  readonly consented: boolean;
  readonly disclosure: readonly string[];
  readonly settings: Settings;
  readonly progress: Progress;
  readonly state: "active" | "stopped" | "left";
  readonly stopped_words?: string | null;
  readonly can_appeal?: boolean;
  readonly appealed?: boolean;
}

export interface Completion {
  readonly code: string;
  readonly url?: string | null;
}

/** Where there is nothing to do but to wait, to stop or to be done. */
export type Next = { readonly drop?: readonly string[] } & (
  | { readonly state: "tasks"; readonly tasks: readonly Task[] }
  | { readonly state: "pause"; readonly seconds: number; readonly words: string }
  | { readonly state: "done"; readonly completion: Completion | null }
  | { readonly state: "stopped"; readonly words: string }
);

export interface Feedback {
  readonly right: boolean;
  readonly words: string;
  readonly boxes?: readonly GivenBox[] | null;
}

export interface Receipt {
  readonly state: "kept" | "already" | "late" | "refused";
  readonly feedback?: Feedback | null;
  readonly progress?: Progress | null;
  /** Something kind to know, said once. */
  readonly hint?: string | null;
}

export interface KeyWords {
  readonly key: string;
  readonly does: string;
  readonly words: string;
}

export interface Example {
  readonly drawing: string;
  readonly right: boolean;
  readonly words: string;
}

export interface Help {
  readonly title: string;
  readonly ask: string;
  readonly instructions: readonly string[];
  readonly keys: readonly KeyWords[];
  readonly examples: readonly Example[];
  readonly flags?: readonly string[];
}
