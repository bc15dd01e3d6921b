import { computed, onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from "vue"
import { tellSignedOut } from "@/api/client"
import { LIVE_BOARD } from "@/api/reporting"
import type { Problem } from "@/api/problem"
import type { Board } from "@/api/types"
import { judge, type Freshness } from "./freshness"
import { serverNow } from "./campus"
import { openEventStream } from "./eventStream"

export interface LiveBoard {
  board: ShallowRef<Board | null>
  freshness: Readonly<Ref<Freshness>>
  refused: ShallowRef<Problem | null>
  now: Ref<number>
}

/** The community board, kept up to date; the last board stays while the line is broken. */
export function useBoard(): LiveBoard {
  const board = shallowRef<Board | null>(null)
  const refused = shallowRef<Problem | null>(null)
  const lastSign = ref<number | null>(null)
  const connected = ref(false)
  const now = ref(serverNow())
  const tick = setInterval(() => {
    now.value = serverNow()
  }, 1000)
  const close = openEventStream(LIVE_BOARD, {
    onMessage(message) {
      if (message.event && message.event !== "board") return
      board.value = JSON.parse(message.data) as Board
      lastSign.value = now.value = serverNow()
    },
    onSign() {
      if (board.value) lastSign.value = serverNow()
    },
    onConnected(is) {
      connected.value = is
    },
    onRefused(problem) {
      refused.value = problem
      if (problem.status === 401) tellSignedOut(problem.code)
    },
  })
  onScopeDispose(() => {
    clearInterval(tick)
    close()
  })
  return { board, refused, now, freshness: computed(() => judge(lastSign.value, connected.value, now.value)) }
}
