import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon";

interface Option<T extends string> {
  value: T;
  label: string;
  title?: string;
}

/** One of a few, as joined buttons; arrow keys move as in any radio group. */
export function Segmented<T extends string>(props: {
  label: string;
  value: T;
  options: readonly Option<T>[];
  onChange: (value: T) => void;
}) {
  const { label, value, options, onChange } = props;
  const group = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = options.findIndex((option) => option.value === value);
    const to = (at + step + options.length) % options.length;
    const next = options[to];
    if (!next) return;
    onChange(next.value);
    (group.current?.children[to] as HTMLElement | undefined)?.focus();
  };
  return (
    <div
      class="iw-segmented"
      role="radiogroup"
      aria-label={label}
      ref={group}
      onKeyDown={move}
      data-lm-suppress-shortcuts="true"
    >
      {options.map((option) => (
        <button
          type="button"
          key={option.value}
          role="radio"
          aria-checked={option.value === value}
          tabIndex={option.value === value ? 0 : -1}
          title={option.title}
          data-value={option.value}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

/** The platform's own select, dressed: keyboard, screen reader and 500 options for nothing. */
export function Select(props: {
  label: string;
  /** Shown in grey before the value. */
  prefix?: string;
  value: string;
  options: readonly Option<string>[];
  onChange: (value: string) => void;
  testid?: string;
  disabled?: boolean;
}) {
  const { label, prefix, value, options, onChange, testid, disabled } = props;
  return (
    <label class="iw-select">
      {prefix ? <span class="iw-select-prefix">{prefix}</span> : null}
      <select
        aria-label={label}
        value={value}
        disabled={disabled}
        data-testid={testid}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" size={10} />
    </label>
  );
}

export function Button(props: {
  children?: ComponentChildren;
  icon?: IconName;
  /** Needed where there is no text. */
  label?: string;
  title?: string;
  kind?: "plain" | "primary" | "quiet";
  disabled?: boolean;
  onClick: (event: MouseEvent) => void;
  testid?: string;
  pressed?: boolean;
  expanded?: boolean;
}) {
  return (
    <button
      type="button"
      class={`iw-button iw-button-${props.kind ?? "plain"}`}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      title={props.title ?? (props.children ? undefined : props.label)}
      disabled={props.disabled}
      data-testid={props.testid}
      onClick={props.onClick}
    >
      {props.icon ? <Icon name={props.icon} /> : null}
      {props.children}
    </button>
  );
}

export type Tone = "neutral" | "accent" | "ok" | "warn" | "error";

export function Chip(props: {
  children: ComponentChildren;
  tone?: Tone;
  title?: string;
  /** Makes the chip removable; `removeLabel` says what goes. */
  onRemove?: () => void;
  removeLabel?: string;
  onClick?: (event: MouseEvent) => void;
  expanded?: boolean;
  testid?: string;
}) {
  const { children, tone = "neutral", title, onRemove, removeLabel, onClick, expanded, testid } = props;
  const name = `iw-chip iw-chip-${tone}`;
  if (onClick) {
    return (
      <button
        type="button"
        class={name}
        title={title}
        aria-expanded={expanded}
        data-testid={testid}
        onClick={onClick}
      >
        {children}
      </button>
    );
  }
  return (
    <span class={name} title={title} data-testid={testid}>
      <span class="iw-chip-text">{children}</span>
      {onRemove ? (
        <button type="button" class="iw-chip-remove" aria-label={removeLabel ?? "Remove"} onClick={onRemove}>
          <Icon name="close" size={9} />
        </button>
      ) : null}
    </span>
  );
}

export function Banner(props: {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
  action?: { label: string; onClick: () => void };
  testid?: string;
  /** What the banner is about, for tests and styles. */
  state?: string;
}) {
  const { tone = "neutral", icon = "info", children, action, testid, state } = props;
  return (
    <div class={`iw-banner iw-banner-${tone}`} role="status" data-testid={testid} data-state={state}>
      <Icon name={icon} />
      <span class="iw-banner-text">{children}</span>
      {action ? (
        <Button kind="quiet" onClick={action.onClick}>
          {action.label}
        </Button>
      ) : null}
    </div>
  );
}

/** Where a chart would be and cannot: says why. */
export function Empty({ children, icon = "info" }: { children: ComponentChildren; icon?: IconName }) {
  return (
    <div class="iw-empty">
      <Icon name={icon} size={20} />
      <p>{children}</p>
    </div>
  );
}
