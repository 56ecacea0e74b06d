import type { FoundGpu } from './gpu.ts'

/**
 * The variables that confine a job to its GPUs, by UUID, since indices change with a reboot, a failing card and `CUDA_DEVICE_ORDER`. A job that
 * asked for none gets empty ones, and sees none: unset ones would show it every GPU, and a library that takes what it sees (TensorFlow
 * takes all of its memory) would disturb whoever holds it. Both runtimes take an empty text for no devices.
 *
 * A job of AMD GPUs also gets their numbers among those in `HIP_VISIBLE_DEVICES`: HIP would otherwise go by the empty `CUDA_VISIBLE_DEVICES`, or
 * by what the orchestrator's own environment has there.
 */
export function visibleDevices(gpus: readonly Pick<FoundGpu, 'uuid' | 'vendor'>[]): Record<string, string> {
  const of = (vendor: FoundGpu['vendor']): string[] => gpus.filter((gpu) => gpu.vendor === vendor).map((gpu) => gpu.uuid)
  const amd = of('amd')
  return {
    CUDA_VISIBLE_DEVICES: of('nvidia').join(','),
    ROCR_VISIBLE_DEVICES: amd.join(','),
    ...(amd.length > 0 ? { HIP_VISIBLE_DEVICES: amd.map((_, index) => index).join(',') } : {}),
  }
}
