// Boxes that can be confirmed, moved, resized, added and deleted: by mouse, pen, finger or keys alone.
//
// A drag on the picture draws a box, also inside a box that is not selected; a tap selects the smallest box there; a
// drag inside the selected box moves it. Every box is an element that can be focused: Tab goes from one to the next.

import { s } from "./dom";
import { Drawn, spoken } from "./drawn";
import { contains, moved, resized, rounded, seen, smallestAt, tidy } from "./geometry";
import type { Corners, Handle, Point } from "./geometry";
import { Handles } from "./handles";
import { History } from "./history";
import type { Gesture, Stage, Tool } from "./stage";
import type { GivenBox } from "./wire";

interface Item {
  readonly id: number;
  readonly box: Corners;
  /** Which of the shown boxes it was; null: added. */
  readonly from: number | null;
}

/** A press that goes less far than this, in screen pixels, is a tap. */
const TAP = 5;
const MOST = 500;

const ARROWS: Record<string, Point> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export class Editor implements Tool {
  private readonly history: History<readonly Item[]>;
  private selected = -1;
  private ids = 0;
  private readonly drawn = new Map<number, Drawn>();
  private readonly boxes = s("g", { role: "listbox", "aria-label": "boxes, in the order in which they were made" });
  private readonly handles = new Handles();
  private readonly rubber = new Drawn({ "aria-hidden": "true" });
  private preview: { id: number; box: Corners } | null = null;

  /** `say` is told what happened, in words; `changed` after every change. */
  constructor(
    private readonly stage: Stage,
    given: readonly GivenBox[],
    private readonly say: (words: string) => void,
    private readonly changed: () => void = () => undefined,
  ) {
    const items = given.map((one) => ({ id: this.ids++, box: tidy(one.box, stage.size), from: one.from ?? null }));
    this.history = new History<readonly Item[]>(items);
    stage.over.append(this.boxes, this.handles.element);
    stage.use(this);
  }

  get items(): readonly Item[] {
    return this.history.now;
  }

  /** The boxes as they are sent. */
  value(): GivenBox[] {
    return this.items.map(({ box, from }) => ({ box: rounded(box), from }));
  }

  get canUndo(): boolean {
    return this.history.canUndo;
  }

  get canRedo(): boolean {
    return this.history.canRedo;
  }

  get hasSelected(): boolean {
    return this.current() !== undefined;
  }

  undo(): boolean {
    return this.restored(this.history.undo(), "Undone");
  }

  redo(): boolean {
    return this.restored(this.history.redo(), "Done again");
  }

  /** A box in the middle of what can be seen; arrows move it from there. */
  add(): void {
    const sight = seen(this.stage.view, this.stage.size, this.stage.roomNow);
    const side = Math.max(Math.min(sight[2] - sight[0], sight[3] - sight[1]) / 5, 3);
    const x = (sight[0] + sight[2]) / 2;
    const y = (sight[1] + sight[3]) / 2;
    this.insert([x - side / 2, y - side / 2, x + side / 2, y + side / 2]);
  }

  delete(): void {
    const at = this.items.findIndex((item) => item.id === this.selected);
    if (at < 0) return;
    this.commit(this.items.filter((_, index) => index !== at));
    const next = this.items[Math.min(at, this.items.length - 1)];
    this.select(next?.id ?? -1, next !== undefined);
    if (next === undefined) this.stage.element.focus({ preventScroll: true });
    this.say(`Box deleted, ${count(this.items.length)} left`);
  }

  clear(): void {
    this.commit([]);
    this.select(-1);
    this.stage.element.focus({ preventScroll: true });
  }

  /** Arrows move the focused box, with Shift they change its size, with Alt by one pixel; Delete, Escape. */
  key(event: KeyboardEvent): boolean {
    const item = this.current();
    const by = ARROWS[event.key];
    if (by !== undefined && item !== undefined) {
      const step = event.altKey ? 1 : Math.max(1, Math.round(6 / this.stage.view.scale));
      const [dx, dy] = [by.x * step, by.y * step];
      const { size } = this.stage;
      const box = event.shiftKey ? resized(item.box, "se", dx, dy, size) : moved(item.box, dx, dy, size);
      this.replace(item.id, box, `${event.shiftKey ? "size" : "move"} ${item.id}`);
      this.stage.reveal(box);
      return true;
    }
    if ((event.key === "Delete" || event.key === "Backspace") && item !== undefined) this.delete();
    else if (event.key === "Escape" && item !== undefined) {
      this.select(-1);
      this.stage.element.focus({ preventScroll: true });
    } else return false;
    return true;
  }

  down(point: Point, event: PointerEvent): Gesture {
    const item = this.current();
    const handle = Handles.of(event);
    const start = this.stage.pixel(point);
    if (item !== undefined && handle !== null) return this.pulling(item, start, handle);
    if (item !== undefined && contains(item.box, start)) return this.pulling(item, start, null);
    return this.drawing(point, start);
  }

  /** Moves or resizes `item` until the pointer is up. */
  private pulling(item: Item, start: Point, handle: Handle | null): Gesture {
    const { size } = this.stage;
    const box = (point: Point): Corners => {
      const now = this.stage.pixel(point);
      const [dx, dy] = [now.x - start.x, now.y - start.y];
      return handle === null ? moved(item.box, dx, dy, size) : resized(item.box, handle, dx, dy, size);
    };
    return {
      move: (point) => this.show({ id: item.id, box: box(point) }),
      up: (point) => {
        this.show(null);
        const now = this.stage.pixel(point);
        if (Math.hypot(now.x - start.x, now.y - start.y) * this.stage.view.scale < 1) this.tap(start);
        else this.replace(item.id, box(point));
      },
      cancel: () => this.show(null),
    };
  }

  /** Draws a new box, or, where the pointer hardly moves, selects the one under it. */
  private drawing(from: Point, start: Point): Gesture {
    const { size } = this.stage;
    const box = (point: Point): Corners => {
      const now = this.stage.pixel(point);
      return tidy([start.x, start.y, now.x, now.y], size);
    };
    const near = (point: Point): boolean => Math.max(Math.abs(point.x - from.x), Math.abs(point.y - from.y)) < TAP;
    return {
      move: (point) => this.show(near(point) ? null : { id: -1, box: box(point) }),
      up: (point) => {
        this.show(null);
        if (near(point)) this.tap(start);
        else this.insert(box(point));
      },
      cancel: () => this.show(null),
    };
  }

  private tap(start: Point): void {
    const boxes = this.items.map((one) => one.box);
    const at = smallestAt(boxes, start);
    this.select(this.items[at]?.id ?? -1, at >= 0);
    if (at < 0) this.stage.element.focus({ preventScroll: true });
  }

  private insert(box: Corners): void {
    if (this.items.length >= MOST) {
      this.say(`No more than ${MOST} boxes`);
      return;
    }
    const id = this.ids++;
    this.commit([...this.items, { id, box: tidy(box, this.stage.size), from: null }]);
    this.select(id, true);
    this.say(`Box added, ${count(this.items.length)}`);
  }

  private replace(id: number, box: Corners, tag = ""): void {
    this.commit(
      this.items.map((item) => (item.id === id ? { ...item, box } : item)),
      tag,
    );
  }

  private commit(items: readonly Item[], tag = ""): void {
    this.history.set(items, tag);
    this.redraw();
    this.changed();
  }

  private restored(done: boolean, words: string): boolean {
    if (!done) return false;
    if (this.current() === undefined) {
      if (document.activeElement?.closest(".over")) this.stage.element.focus({ preventScroll: true });
      this.selected = -1;
    }
    this.redraw();
    this.changed();
    this.say(`${words}, ${count(this.items.length)}`);
    return true;
  }

  private current(): Item | undefined {
    return this.items.find((item) => item.id === this.selected);
  }

  private select(id: number, focus = false): void {
    this.history.seal();
    this.selected = id;
    this.redraw();
    if (focus) this.drawn.get(id)?.element.focus({ preventScroll: true });
    this.changed();
  }

  private show(preview: { id: number; box: Corners } | null): void {
    this.preview = preview;
    this.redraw();
  }

  redraw(): void {
    const { view } = this.stage;
    const gone = new Set(this.drawn.keys());
    this.items.forEach((item, index) => {
      gone.delete(item.id);
      const drawn = this.drawn.get(item.id) ?? this.made(item.id);
      if (this.boxes.children[index] !== drawn.element) this.boxes.insertBefore(drawn.element, this.boxes.children[index] ?? null);
      const box = this.preview?.id === item.id ? this.preview.box : item.box;
      drawn.draw(box, view, item.from === null ? "own" : "guess", String(index + 1));
      const words = spoken(box, index + 1, this.items.length, item.from === null ? "" : "from the program");
      drawn.element.setAttribute("aria-label", words);
      drawn.element.setAttribute("aria-selected", String(item.id === this.selected));
    });
    for (const id of gone) {
      this.drawn.get(id)?.element.remove();
      this.drawn.delete(id);
    }
    if (this.preview?.id === -1) {
      this.rubber.draw(this.preview.box, view, "own", String(this.items.length + 1));
      this.stage.over.append(this.rubber.element);
    } else this.rubber.element.remove();
    const item = this.current();
    this.handles.draw(item === undefined ? null : this.preview?.id === item.id ? this.preview.box : item.box, view);
  }

  private made(id: number): Drawn {
    const drawn = new Drawn({ tabindex: "0", role: "option" });
    drawn.element.addEventListener("focus", () => {
      if (this.selected !== id) this.select(id);
      const item = this.current();
      if (item !== undefined) this.stage.reveal(item.box);
    });
    this.drawn.set(id, drawn);
    return drawn;
  }
}

const count = (boxes: number): string => (boxes === 0 ? "no box" : boxes === 1 ? "1 box" : `${boxes} boxes`);
