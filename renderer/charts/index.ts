export { LineChart, type LineChartProps, type LineChartWords } from './line-chart.tsx'
export { Sparkline, type SparklineProps } from './sparkline.tsx'
export { decimate, type ChartPoint } from './decimate.ts'
export { useSize } from './use-size.ts'
