/**
 * The what-if of one row: edits, their history, and the newest good answer of the model.
 *
 * `edits` is what the controls show. The trait `scenario` is set to them once the model has answered, so that Python
 * never reads edits that the model refused. What Python sets is taken over as one undoable step.
 */
import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { Edits, EditValue, Scenario } from "../protocol";
import { RpcError } from "../rpc";
import type { Store } from "../store";
import { type Explained, fromReply } from "./row-explained";
import type { RowState } from "./row-state";
import { isUnchanged } from "./row-values";
import { type AlternativeSearch, createAlternatives } from "./what-if-alternatives";
import { begun, type History, pushed, redone, sameEdits, undone, withEdit } from "./what-if-history";

export interface Answer {
  readonly edits: Edits;
  readonly explained: Explained;
  /** Milliseconds from the question to the answer. */
  readonly elapsed: number;
}

export interface Failure {
  /** Whose row shows it; null = not about one feature. */
  readonly feature: string | null;
  readonly message: string;
  readonly hint: string | null;
}

/** What stands in an input and is no edit (yet). */
export interface Draft {
  readonly text: string;
  readonly message: string | null;
}

export interface WhatIf {
  readonly edits: ReadonlySignal<Edits>;
  /** The last good answer for this row; null without edits. */
  readonly answer: ReadonlySignal<Answer | null>;
  readonly pending: ReadonlySignal<boolean>;
  readonly failure: ReadonlySignal<Failure | null>;
  readonly drafts: ReadonlySignal<ReadonlyMap<string, Draft>>;
  readonly canUndo: ReadonlySignal<boolean>;
  readonly canRedo: ReadonlySignal<boolean>;
  /** "searching", or how the last search for another outcome ended. */
  readonly search: ReadonlySignal<{ busy: boolean; text: string | null; failed: boolean }>;
  /** Change one feature. `live` = while dragging or typing: asked at most every 80 ms and no step of its own. */
  edit(feature: string, value: EditValue, options?: { live?: boolean; key?: string }): void;
  /** Keep what was typed beside its reason, or forget it (null). */
  setDraft(feature: string, draft: Draft | null): void;
  /** One feature, or all, back to the row's own values. */
  reset(feature?: string): void;
  undo(): void;
  redo(): void;
  apply(edits: Edits, row?: number): void;
  keep(): void;
  rename(at: number, name: string): void;
  remove(at: number): void;
  nearestOther(): void;
  /** Optimised alternatives under what is held. */
  readonly alternatives: AlternativeSearch;
  activate(): () => void;
}

const TRAILING_MS = 80;
const RETRY_MS = 200;
const NOTHING: Edits = {};
const IDLE = { busy: false, text: null, failed: false };
const CHANGED = "The explanation has changed meanwhile. Search again.";

export function createWhatIf(store: Store, state: RowState): WhatIf {
  const edits = signal<Edits>(NOTHING);
  const answer = signal<Answer | null>(null);
  const pending = signal(false);
  const failure = signal<Failure | null>(null);
  const drafts = signal<ReadonlyMap<string, Draft>>(new Map());
  const history = signal<History<Edits>>(begun(NOTHING));
  const search = signal<{ busy: boolean; text: string | null; failed: boolean }>(IDLE);
  const alternatives = createAlternatives(store, () => state.editLevel.peek());
  let published: Edits = NOTHING;
  let asked: { row: number; level: string; epoch: number; edits: Edits } | null = null;
  let token = 0;
  let shown = 0;
  let settled = true;
  let lastEdited: string | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let askedAt = Number.NEGATIVE_INFINITY;
  let seen: { row: number; level: string; epoch: number; able: boolean; threshold: number } | null = null;

  const publish = () => {
    if (!settled || sameEdits(published, edits.peek())) return;
    published = edits.peek();
    store.setScenario(published);
  };

  const stopTimer = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  const quiet = () => {
    token++;
    stopTimer();
    asked = null;
    store.rpc.cancel("what-if");
    batch(() => {
      answer.value = null;
      pending.value = false;
      failure.value = null;
    });
  };

  const ask = () => {
    stopTimer();
    const question = {
      row: store.row.peek(),
      level: store.level.peek(),
      epoch: store.epoch.peek(),
      edits: edits.peek(),
    };
    if (Object.keys(question.edits).length === 0) {
      quiet();
      publish();
      return;
    }
    if (!store.canAsk.peek()) {
      pending.value = false;
      return;
    }
    const repeated =
      asked !== null &&
      asked.row === question.row &&
      asked.level === question.level &&
      asked.epoch === question.epoch &&
      sameEdits(asked.edits, question.edits);
    if (repeated && failure.peek() === null) {
      if (!pending.peek()) publish();
      return;
    }
    // The model answers one question at a time: an edit does not wait for a search.
    alternatives.cancel();
    asked = question;
    const mine = ++token;
    const started = performance.now();
    askedAt = started;
    pending.value = true;
    store.rpc
      .request(
        "explain_row",
        { row: question.row, edits: question.edits, level: question.level },
        { slot: "what-if" },
      )
      .then(
        (reply) => {
          const current = store.row.peek() === question.row && store.level.peek() === question.level;
          // An answer overtaken by a newer one, or to a question since withdrawn, is not shown.
          if (!current || mine < shown || asked === null) return;
          shown = mine;
          batch(() => {
            answer.value = {
              edits: question.edits,
              explained: fromReply(reply),
              elapsed: performance.now() - started,
            };
            if (mine !== token) return;
            pending.value = false;
            failure.value = null;
            publish();
          });
        },
        (error: unknown) => {
          if (mine !== token) return;
          if (error instanceof RpcError && error.superseded) {
            // Another page of the same kernel took the slot: nobody here has asked anything newer.
            asked = null;
            if (error.code === "superseded" && timer === null) timer = setTimeout(ask, RETRY_MS);
            return;
          }
          const told = error instanceof RpcError ? error : null;
          const about = told?.code === "disconnected" || told?.code === "timeout" ? null : lastEdited;
          batch(() => {
            pending.value = false;
            failure.value = {
              feature: told?.feature ?? about,
              message: error instanceof Error ? error.message : String(error),
              hint: told?.hint ?? null,
            };
          });
        },
      );
  };

  /** Show edits that come as a whole: undo, a kept scenario, Python. */
  const show = (next: Edits) => {
    settled = true;
    lastEdited = Object.keys(next).at(-1) ?? null;
    batch(() => {
      edits.value = next;
      drafts.value = new Map();
      failure.value = null;
    });
  };

  /** The edit, or undefined where it says what the row says anyway. */
  const effective = (feature: string, value: EditValue): EditValue | undefined => {
    const level = state.editLevel.peek();
    const at = store.featureIndex(feature, level);
    const info = store.features(level)[at];
    const own = state.own.peek();
    if (!info || !own || own.row !== store.row.peek()) return value;
    if (typeof value === "string" && info.kind === "text") return own.text[at] === value ? undefined : value;
    return isUnchanged(info, own.x[at] as number, value) ? undefined : value;
  };

  const step = (next: Edits, key: string | null = null) => {
    history.value = pushed(history.peek(), next, key, performance.now());
  };

  const setDraft = (feature: string, draft: Draft | null) => {
    if (draft === null && !drafts.peek().has(feature)) return;
    const next = new Map(drafts.peek());
    if (draft) next.set(feature, draft);
    else next.delete(feature);
    drafts.value = next;
  };

  const whatIf: WhatIf = {
    edits,
    answer,
    pending,
    failure,
    drafts,
    search,
    canUndo: computed(() => history.value.past.length > 0),
    canRedo: computed(() => history.value.future.length > 0),
    edit(feature, value, { live = false, key } = {}) {
      const next = withEdit(edits.peek(), feature, effective(feature, value));
      lastEdited = feature;
      settled = !live;
      batch(() => {
        if (!sameEdits(next, edits.peek())) {
          edits.value = next;
          if (failure.peek()?.feature === feature) failure.value = null;
          search.value = IDLE;
        }
        if (!live && !sameEdits(next, history.peek().present)) step(next, key ?? null);
      });
      // The first move is answered at once, those that follow it closely now and then.
      if (!live || (!pending.peek() && performance.now() - askedAt > TRAILING_MS)) ask();
      else if (timer === null) timer = setTimeout(ask, TRAILING_MS);
    },
    setDraft,
    reset(feature) {
      const next = feature === undefined ? NOTHING : withEdit(edits.peek(), feature, undefined);
      if (feature !== undefined) setDraft(feature, null);
      search.value = IDLE;
      const changed = !sameEdits(next, history.peek().present);
      if (changed) step(next);
      if (feature === undefined) show(next);
      else {
        settled = true;
        edits.value = next;
        failure.value = null;
      }
      ask();
    },
    undo() {
      if (!whatIf.canUndo.peek()) return;
      history.value = undone(history.peek());
      show(history.peek().present);
      ask();
    },
    redo() {
      if (!whatIf.canRedo.peek()) return;
      history.value = redone(history.peek());
      show(history.peek().present);
      ask();
    },
    apply(next, row) {
      if (row !== undefined && row !== store.row.peek()) {
        store.setScenario(next, row);
        return;
      }
      if (sameEdits(next, edits.peek())) return;
      step(next);
      show(next);
      ask();
    },
    keep() {
      const good = answer.peek();
      if (!good || !sameEdits(good.edits, edits.peek())) return;
      const list = store.scenarios.peek();
      const taken = new Set(list.map((item) => item.name));
      let number = list.length + 1;
      while (taken.has(`Scenario ${number}`)) number++;
      const { explained } = good;
      const kept: Scenario = {
        name: `Scenario ${number}`,
        row: explained.row,
        edits: good.edits,
        prediction: [...(explained.probability ?? explained.prediction)],
      };
      store.setScenarios([...list, kept]);
    },
    rename(at, name) {
      const trimmed = name.trim();
      if (trimmed === "") return;
      store.setScenarios(
        store.scenarios.peek().map((item, index) => (index === at ? { ...item, name: trimmed } : item)),
      );
    },
    remove(at) {
      store.setScenarios(store.scenarios.peek().filter((_, index) => index !== at));
    },
    alternatives,
    nearestOther() {
      const row = store.row.peek();
      search.value = { busy: true, text: null, failed: false };
      store.rpc
        .request("counterfactual", {
          row,
          output: store.schema.peek().output_names[store.outputIndex.peek()] ?? "",
        })
        .then(
          (found) => {
            if (store.row.peek() !== row) return;
            whatIf.apply(found.edits);
            const count = Object.keys(found.edits).length;
            const changes = `${count} ${count === 1 ? "change" : "changes"}`;
            search.value = { busy: false, text: `as ${found.label}: ${changes}`, failed: false };
          },
          (error: unknown) => {
            if (error instanceof RpcError && error.superseded) {
              if (search.peek().busy) search.value = IDLE;
              return;
            }
            const text = error instanceof Error ? error.message : String(error);
            search.value = { busy: false, text, failed: true };
          },
        );
    },
    activate() {
      const stopState = state.activate();
      if (users++ === 0) {
        stop = effect(() => {
          const now = {
            row: store.row.value,
            level: store.level.value,
            epoch: store.epoch.value,
            able: store.canAsk.value,
            threshold: store.threshold.value,
          };
          const scenario = store.scenario.value;
          untracked(() => follow(now, scenario));
        });
      }
      let released = false;
      return () => {
        if (released) return;
        released = true;
        stopState();
        if (--users > 0) return;
        stop();
        stopTimer();
      };
    },
  };

  /** React to the store: another row, another level, edits set by Python, a kernel that came back. */
  function follow(now: NonNullable<typeof seen>, scenario: Edits): void {
    const before = seen;
    seen = now;
    // What led to another outcome may not do so by another threshold.
    if (before && before.threshold !== now.threshold) alternatives.clear();
    if (!before || before.row !== now.row || before.epoch !== now.epoch) {
      quiet();
      published = scenario;
      history.value = begun(scenario);
      // The same row, explained anew: a search that ends with it must not end without a word.
      const why = before && before.row === now.row ? CHANGED : null;
      search.value = why && search.peek().busy ? { busy: false, text: why, failed: true } : IDLE;
      alternatives.clear(why);
      show(scenario);
      ask();
    } else if (!sameEdits(scenario, published)) {
      published = scenario;
      if (sameEdits(scenario, edits.peek())) return;
      step(scenario);
      show(scenario);
      ask();
    } else if (before.level !== now.level || before.able !== now.able) {
      asked = null;
      ask();
    }
  }

  let users = 0;
  let stop = () => {};
  return whatIf;
}
