import type { Kind, LegState, Stage } from "@/api/types"
import type { IconName } from "./icons"

/** How a state looks: a tone and an icon; its word is in the wording. Never the tone alone. */
export type Tone = "teal" | "red" | "ochre" | "slate" | "plum" | "quiet"
export interface Look {
  tone: Tone
  icon: IconName
}

export const STAGE_LOOKS: Readonly<Record<Stage, Look>> = {
  submitted: { tone: "ochre", icon: "file" },
  triaged: { tone: "ochre", icon: "filter" },
  matching: { tone: "ochre", icon: "search" },
  assigned: { tone: "slate", icon: "person" },
  in_progress: { tone: "slate", icon: "play" },
  on_hold: { tone: "plum", icon: "pause" },
  resolved: { tone: "teal", icon: "check" },
  closed_confirmed: { tone: "teal", icon: "checks" },
  closed_unconfirmed: { tone: "quiet", icon: "clock" },
  cancelled: { tone: "quiet", icon: "close" },
  rejected: { tone: "red", icon: "close" },
  merged: { tone: "quiet", icon: "redo" },
  unresolvable: { tone: "red", icon: "alert" },
}

export const LEG_LOOKS: Readonly<Record<LegState, Look>> = {
  open: { tone: "ochre", icon: "search" },
  offered: { tone: "ochre", icon: "hand" },
  accepted: { tone: "slate", icon: "person" },
  started: { tone: "slate", icon: "play" },
  done: { tone: "teal", icon: "check" },
  verified: { tone: "teal", icon: "checks" },
  dropped: { tone: "quiet", icon: "close" },
  no_show: { tone: "red", icon: "alert" },
  handed_back: { tone: "ochre", icon: "redo" },
  failed: { tone: "red", icon: "alert" },
  queued: { tone: "ochre", icon: "clock" },
  sent: { tone: "slate", icon: "send" },
  token_wait: { tone: "slate", icon: "clock" },
  acked: { tone: "slate", icon: "check" },
  remote_open: { tone: "slate", icon: "tool" },
  remote_closed: { tone: "teal", icon: "check" },
  send_failed: { tone: "red", icon: "alert" },
  remote_stale: { tone: "red", icon: "clock" },
}

export const KIND_ICONS: Readonly<Record<Kind, IconName>> = {
  wish: "heart",
  repair: "tool",
  study: "book",
  quarrel: "people",
  counsel: "talk",
  suggestion: "idea",
}

export const QUIET: Look = { tone: "quiet", icon: "circle" }
