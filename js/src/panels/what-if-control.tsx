/** One feature of the what-if: a control fit for its kind, over its data, with its own message. */
import { Slider } from "../charts/slider";
import { sliderScale } from "../charts/slider-scale";
import type { EditValue, FeatureInfo } from "../protocol";
import { Icon } from "../ui/icon";
import { useUniqueId } from "../ui/use-unique-id";
import {
  dateText,
  editAt,
  editPosition,
  editText,
  inputText,
  parseDate,
  parseEdit,
  warningOf,
} from "./row-values";
import type { WhatIf } from "./what-if-state";

export interface ControlProps {
  info: FeatureInfo;
  /** The row's own value: position and text. */
  own: number;
  ownText: string;
  whatIf: WhatIf;
  /** Whether a search for alternatives is offered, from which the feature can be held back. */
  holdable: boolean;
  focused: boolean;
  disabled: boolean;
  onFocus(): void;
}

/** More categories than this are chosen by typing. */
const TYPED = 60;
/** Beginnings of a number: no reason to complain yet. */
const BEGUN = /^\s*([+\-−]?\d*\.?|[+\-−]?\d+\.?\d*e[+-]?|\d{1,3}(,\d{0,3})*)\s*$/i;

export function Control(props: ControlProps) {
  const { info, own, ownText, whatIf, holdable, focused, disabled, onFocus } = props;
  const edits = whatIf.edits.value;
  const edited = Object.hasOwn(edits, info.name);
  const edit = edits[info.name] ?? null;
  const draft = whatIf.drafts.value.get(info.name) ?? null;
  const failure = whatIf.failure.value;
  const position = edited ? editPosition(info, edit) : own;
  const text = edited ? editText(info, edit) : ownText;
  const missing = edited ? edit === null : Number.isNaN(own);
  const failed = failure !== null && failure.feature === info.name;
  const warning = edited ? warningOf(info, edit) : null;
  const message = draft?.message ?? (failed ? failure.message : warning);
  const tone = draft?.message || failed ? "bad" : "warn";
  const messageId = useUniqueId("iw-message");
  const input: InputProps = {
    ...props,
    edited,
    edit,
    text: draft?.text ?? (missing ? "" : edited && info.kind !== "datetime" ? text : inputText(info, own)),
    position,
    missing,
    invalid: message !== null && tone === "bad",
    describedBy: message !== null ? messageId : undefined,
  };
  const held = whatIf.alternatives.held.value.has(info.name);
  const slides = sliderScale(info) !== null;
  const classes = ["iw-control"];
  if (edited) classes.push("iw-control-edited");
  if (focused) classes.push("iw-control-focused");
  if (!slides) classes.push("iw-control-wide");
  if (info.kind === "datetime") classes.push("iw-control-date");
  return (
    <div class={classes.join(" ")} data-testid="iw-control" data-feature={info.name} onFocusCapture={onFocus}>
      <span class="iw-control-name">
        <button
          type="button"
          class="iw-ellipsis"
          title={`${info.name}: show how the prediction depends on it`}
          tabIndex={-1}
          onClick={onFocus}
        >
          {info.name}
        </button>
        {holdable ? (
          <button
            type="button"
            class="iw-control-hold"
            aria-pressed={held}
            aria-label={`Hold ${info.name}`}
            title={
              held ? "Held: alternatives leave it as it is" : "Hold: alternatives shall leave it as it is"
            }
            data-testid="iw-hold"
            disabled={disabled}
            onClick={() => whatIf.alternatives.hold(info.name, !held)}
          >
            <Icon name={held ? "lock" : "unlock"} size={11} />
          </button>
        ) : null}
        {edited ? (
          <button
            type="button"
            class="iw-control-reset"
            aria-label={`Reset ${info.name} to ${ownText}`}
            title={`Back to ${ownText}`}
            disabled={disabled}
            onClick={() => whatIf.reset(info.name)}
          >
            <Icon name="undo" size={11} />
          </button>
        ) : null}
      </span>
      {slides ? (
        <Slider
          info={info}
          own={own}
          value={position}
          valueText={text}
          edited={edited}
          disabled={disabled}
          onMove={(value, how) => {
            whatIf.setDraft(info.name, null);
            const key = how === "key" ? `key:${info.name}` : undefined;
            whatIf.edit(info.name, editAt(info, value), { live: how === "drag", key });
          }}
        />
      ) : null}
      <span class="iw-control-value">
        <ValueInput {...input} />
        {info.missing > 0 || Number.isNaN(own) ? (
          <button
            type="button"
            class="iw-control-missing"
            aria-pressed={missing}
            aria-label={`${info.name} missing`}
            title={missing ? "Missing" : "Set to missing"}
            disabled={disabled || (missing && !edited)}
            onClick={() => {
              whatIf.setDraft(info.name, null);
              if (missing) whatIf.reset(info.name);
              else whatIf.edit(info.name, null);
            }}
          >
            ∅
          </button>
        ) : null}
      </span>
      {message !== null ? (
        <span
          id={messageId}
          class={`iw-control-message iw-control-${tone}`}
          role={tone === "bad" ? "alert" : "status"}
          data-testid="iw-message"
        >
          {message}
          {failed && !draft?.message && failure.hint ? <em>{failure.hint}</em> : null}
        </span>
      ) : null}
    </div>
  );
}

interface InputProps extends ControlProps {
  edited: boolean;
  edit: EditValue;
  text: string;
  position: number;
  missing: boolean;
  invalid: boolean;
  describedBy: string | undefined;
}

function ValueInput(props: InputProps) {
  const { info } = props;
  if (info.kind === "boolean") return <LevelSelect {...props} shares={false} />;
  if (info.kind === "categorical" && (info.categories?.length ?? 0) <= TYPED)
    return <LevelSelect {...props} shares />;
  if (info.kind === "datetime") return <DateInput {...props} />;
  return <TextInput {...props} />;
}

/** Numbers and free text: answers while it is typed, complains when it cannot become a value. */
function TextInput(props: InputProps) {
  const { info, whatIf, text, edited, missing, invalid, describedBy, disabled, position } = props;
  const numeric = info.kind === "numeric" || info.kind === "integer";
  const id = useUniqueId("iw-list");
  const listId = info.categories ? id : undefined;
  const take = (typed: string, live: boolean) => {
    // Half a word is nobody's value: text is taken when it is finished, or chosen from the list.
    if (live && !numeric && !info.categories?.includes(typed)) {
      whatIf.setDraft(info.name, { text: typed, message: null });
      return;
    }
    const parsed = parseEdit(info, typed);
    if (parsed.ok) {
      whatIf.setDraft(info.name, live ? { text: typed, message: null } : null);
      whatIf.edit(info.name, parsed.value, { live });
      return;
    }
    const early = live && BEGUN.test(typed);
    whatIf.setDraft(info.name, { text: typed, message: early ? null : parsed.message });
  };
  const finish = (event: { currentTarget: HTMLInputElement }) => {
    const draft = whatIf.drafts.peek().get(info.name);
    if (!draft) return;
    if (draft.text.trim() === "" && missing) whatIf.setDraft(info.name, null);
    else take(event.currentTarget.value, false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const element = event.currentTarget as HTMLInputElement;
    if (event.key === "Enter") finish({ currentTarget: element });
    else if (event.key === "Escape" && whatIf.drafts.peek().has(info.name)) {
      event.stopPropagation();
      whatIf.setDraft(info.name, null);
    } else if (numeric && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const scale = sliderScale(info);
      if (!scale || Number.isNaN(position)) return;
      event.preventDefault();
      whatIf.setDraft(info.name, null);
      const by = event.key === "ArrowUp" ? 1 : -1;
      whatIf.edit(info.name, scale.moved(position, by), { key: `key:${info.name}` });
    }
  };
  return (
    <>
      <input
        type="text"
        class={`iw-value${edited ? " iw-value-edited" : ""}${invalid ? " iw-value-bad" : ""}${numeric ? " iw-right" : ""}`}
        inputMode={numeric ? "decimal" : "text"}
        aria-label={info.name}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        autocomplete="off"
        spellcheck={false}
        data-testid="iw-input"
        list={listId}
        disabled={disabled}
        value={text}
        placeholder={missing ? "–" : undefined}
        onInput={(event) => take(event.currentTarget.value, true)}
        onBlur={finish}
        onKeyDown={onKeyDown}
      />
      {listId ? (
        <datalist id={listId}>
          {info.categories?.map((label) => (
            <option key={label} value={label} />
          ))}
        </datalist>
      ) : null}
    </>
  );
}

function LevelSelect(props: InputProps & { shares: boolean }) {
  const { info, whatIf, edited, position, missing, invalid, describedBy, disabled, shares, text } = props;
  const categories = info.categories ?? ["False", "True"];
  const counts = info.histogram.counts;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const share = (code: number) => {
    if (!shares || total === 0) return "";
    const percent = ((counts[code] ?? 0) / total) * 100;
    return ` · ${percent > 0 && percent < 1 ? "<1" : percent.toFixed(0)}\u202f%`;
  };
  const listed = position >= 0 && position < categories.length;
  return (
    <span class={`iw-level${edited ? " iw-value-edited" : ""}${invalid ? " iw-value-bad" : ""}`}>
      <span class="iw-level-text" aria-hidden="true">
        <bdi>{missing ? "missing" : text}</bdi>
        {listed ? <i>{share(position)}</i> : null}
      </span>
      <select
        aria-label={info.name}
        aria-invalid={invalid}
        aria-describedby={describedBy}
        data-testid="iw-input"
        disabled={disabled}
        value={listed ? String(position) : "own"}
        onChange={(event) => {
          const code = event.currentTarget.value;
          whatIf.setDraft(info.name, null);
          if (code !== "own") whatIf.edit(info.name, editAt(info, Number(code)));
        }}
      >
        {listed ? null : (
          <option value="own" selected>
            {missing ? "missing" : text}
          </option>
        )}
        {categories.map((label, code) => (
          <option key={label} value={String(code)} selected={code === position}>
            {label}
            {share(code)}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" size={10} />
    </span>
  );
}

function DateInput(props: InputProps) {
  const { info, whatIf, edited, position, invalid, describedBy, disabled } = props;
  const day = 86_400_000;
  const timed = [info.min, info.max].some((end) => end !== null && end % day !== 0);
  const shown = Number.isNaN(position) ? "" : dateText(position).replace(" ", "T");
  const value = timed && shown.length === 10 ? `${shown}T00:00` : timed ? shown : shown.slice(0, 10);
  const take = (typed: string) => {
    if (typed === "") return;
    const at = parseDate(typed);
    if (Number.isNaN(at)) {
      const parsed = parseEdit(info, typed);
      whatIf.setDraft(info.name, { text: typed, message: parsed.ok ? null : parsed.message });
      return;
    }
    whatIf.setDraft(info.name, null);
    whatIf.edit(info.name, editAt(info, at));
  };
  return (
    <input
      type={timed ? "datetime-local" : "date"}
      class={`iw-value${edited ? " iw-value-edited" : ""}${invalid ? " iw-value-bad" : ""}`}
      aria-label={info.name}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      data-testid="iw-input"
      disabled={disabled}
      value={value}
      onChange={(event) => take(event.currentTarget.value)}
    />
  );
}
