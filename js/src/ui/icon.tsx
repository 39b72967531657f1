const PATHS = {
  close: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.2 3.2L13 5",
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  "chevron-right": "M6 3.5L10.5 8 6 12.5",
  "chevron-down": "M3.5 6L8 10.5 12.5 6",
  undo: "M6 3L3 6l3 3M3.5 6H9.5a3.5 3.5 0 010 7H6",
  redo: "M10 3l3 3-3 3M12.5 6H6.5a3.5 3.5 0 000 7H10",
  search: "M7 12A5 5 0 107 2a5 5 0 000 10zM10.7 10.7L14 14",
  download: "M8 2v8M4.5 7L8 10.5 11.5 7M3 13.5h10",
  copy: "M6 6V3h7v7h-3M3 6h7v7H3z",
  info: "M8 14A6 6 0 108 2a6 6 0 000 12zM8 7.5V11M8 5.2v.01",
  warning: "M8 2.5L14.5 13.5h-13zM8 6.8V10M8 11.8v.01",
  plug: "M5.5 2v3M10.5 2v3M4 5h8v3a4 4 0 01-8 0zM8 12v2.5",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5.5a2.5 2.5 0 015 0v2",
  unlock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 014.8-1",
  minus: "M4 8h8",
  plus: "M4 8h8M8 4v8",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration only: what it means is said by the text or label beside it. */
export function Icon({ name, size = 14 }: { name: IconName; size?: number }) {
  return (
    <svg class="iw-icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width={name === "dots" ? 2.2 : 1.5}
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
