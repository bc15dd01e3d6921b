import { inject, type InjectionKey } from "vue"
import type { CountId, FigureId, Scope } from "@/api/types"

/** A number of which somebody wants the proof: under which name it is shown, and of what part of the community. */
export interface Asked {
  id: FigureId | CountId
  title: string
  scope: Scope
}

/** Opens the proof of a number; the screen provides it for everything that shows one. */
export const PROVE: InjectionKey<(asked: Asked) => void> = Symbol("prove")

export function useProve(): (asked: Asked) => void {
  const prove = inject(PROVE)
  if (!prove) throw new Error("a number is shown where nothing can prove it")
  return prove
}
