import { BarChart, LineChart } from "echarts/charts"
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components"
import { init, use, type EChartsCoreOption, type EChartsType } from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import { onBeforeUnmount, onMounted, watch, type Ref } from "vue"

use([BarChart, LineChart, AriaComponent, GridComponent, TooltipComponent, SVGRenderer])

export const DARK = {
  text: "#eef0e6", soft: "#aebcb4", rule: "#2b3a37", teal: "#74c4b3", ochre: "#e3b65f", red: "#f08a76", ground: "#121b1a",
} as const

/** Draws a chart into the element and redraws it when the option changes or the element is resized. */
export function useChart(element: Ref<HTMLElement | null>, option: () => EChartsCoreOption): void {
  let chart: EChartsType | null = null
  let drawn = ""
  let sized: ResizeObserver | null = null
  onMounted(() => {
    if (!element.value) return
    chart = init(element.value, null, { renderer: "svg" })
    drawn = JSON.stringify(option())
    chart.setOption(option())
    sized = new ResizeObserver(() => { chart?.resize() })
    sized.observe(element.value)
  })
  watch(option, (now) => {
    // The board comes up to four times a second: a chart that shows the same is left alone.
    const wanted = JSON.stringify(now)
    if (wanted === drawn) return
    drawn = wanted
    chart?.setOption(now)
  })
  onBeforeUnmount(() => {
    sized?.disconnect()
    chart?.dispose()
  })
}

/** A chart appears at once and moves briefly when it changes; it stands still for people who asked for less motion. */
export const MOTION = {
  animation: typeof matchMedia === "function" ? !matchMedia("(prefers-reduced-motion: reduce)").matches : false,
  animationDuration: 0,
  animationDurationUpdate: 240,
} as const
