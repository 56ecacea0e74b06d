import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { kfdProcesses } from './amd-sysfs.ts'
import { asMachineGpus, findGpus } from './find-gpus.ts'
import { sampleGpus } from './gpu-sampler.ts'
import { parseGpus, parseParts, parseSample } from './nvidia-smi.ts'
import { parseCards } from './rocm-smi.ts'
import { visibleDevices } from './visible-devices.ts'

const MIB = 2 ** 20
const UUID = 'GPU-11111111-2222-3333-4444-555555555555'

/** What `nvidia-smi` 580.159.04 printed on an H200 on which a Python process multiplied matrices. */
const H200 = {
  gpus: `${UUID}, NVIDIA H200, 143771, 580.159.04, Disabled\n`,
  processes: `${UUID}, 480, 746\n`,
  sample: `${UUID}, 99, 755, 655.73, 57\n`,
  unknown: 'Field "nonsense" is not a valid field to query.\n\n',
}

/** Parts of what `nvidia-smi -q -x` printed there, with the elements that it has where MIG is enabled (nvsmi_device_v12.dtd). */
const PARTITIONED = {
  gpus: `${UUID}, NVIDIA H100 80GB HBM3, 81559, 575.57.08, Enabled\nGPU-whole, NVIDIA H100 80GB HBM3, 81559, 575.57.08, Disabled\n`,
  processes: `${UUID}, 480, 746\n`,
  list: `GPU 0: NVIDIA H100 80GB HBM3 (UUID: ${UUID})
  MIG 3g.40gb     Device  0: (UUID: MIG-aaaaaaaa-0000-5000-8000-000000000000)
  MIG 1g.10gb     Device  1: (UUID: MIG-bbbbbbbb-0000-5000-8000-000000000000)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-whole)
`,
  xml: `<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log>
	<driver_version>575.57.08</driver_version>
	<attached_gpus>2</attached_gpus>
	<gpu id="00000000:00:09.0">
		<product_name>NVIDIA H100 80GB HBM3</product_name>
		<mig_mode>
			<current_mig>Enabled</current_mig>
			<pending_mig>Enabled</pending_mig>
		</mig_mode>
		<mig_devices>
			<mig_device>
				<index>0</index>
				<uuid>MIG-aaaaaaaa-0000-5000-8000-000000000000</uuid>
				<gpu_instance_id>1</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<fb_memory_usage>
					<total>40448 MiB</total>
					<reserved>0 MiB</reserved>
					<used>298 MiB</used>
				</fb_memory_usage>
				<bar1_memory_usage>
					<total>65535 MiB</total>
				</bar1_memory_usage>
			</mig_device>
			<mig_device>
				<index>1</index>
				<gpu_instance_id>9</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<fb_memory_usage>
					<total>9984 MiB</total>
				</fb_memory_usage>
			</mig_device>
		</mig_devices>
		<uuid>${UUID}</uuid>
		<fb_memory_usage>
			<total>81559 MiB</total>
			<used>N/A</used>
		</fb_memory_usage>
		<processes>
			<process_info>
				<gpu_instance_id>9</gpu_instance_id>
				<compute_instance_id>0</compute_instance_id>
				<pid>480</pid>
				<type>C</type>
				<process_name>python3</process_name>
				<used_memory>746 MiB</used_memory>
			</process_info>
			<process_info>
				<gpu_instance_id>N/A</gpu_instance_id>
				<compute_instance_id>N/A</compute_instance_id>
				<pid>1200</pid>
				<type>G</type>
				<process_name>/usr/lib/xorg/Xorg</process_name>
				<used_memory>4 MiB</used_memory>
			</process_info>
		</processes>
	</gpu>
	<gpu id="00000000:00:0A.0">
		<mig_devices>
			None
		</mig_devices>
		<uuid>GPU-whole</uuid>
		<processes>
		</processes>
	</gpu>
</nvidia_smi_log>
`,
}

/** As `rocm-smi` of ROCm 6 prints it: two cards, and the GPU of the processor. */
const ROCM = JSON.stringify({
  card0: { 'Unique ID': '0x9246abcdef01234', 'VRAM Total Memory (B)': '17163091968', 'VRAM Total Used Memory (B)': '692142080', 'Card Series': 'Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]', 'Card Model': '0x73bf', 'Card Vendor': 'Advanced Micro Devices Inc. [AMD/ATI]', 'Node ID': '1', GUID: '45534', 'GFX Version': 'gfx1030' },
  card1: { 'Unique ID': '0x719d230578348e8c', 'VRAM Total Memory (B)': '68702699520', 'Card series': 'AMD INSTINCT MI250 (MCM) OAM AC MBA', GUID: '58294' },
  card3: { 'Unique ID': '0x0', GUID: '3' },
  card2: { 'Unique ID': 'N/A', 'VRAM Total Memory (B)': '67108864', 'Card Series': 'Raphael', GUID: '52156' },
  system: { 'Driver version': '6.8.5' },
})

/** A PATH of one folder with these programs, by what they do, and what they use: this machine may have the tools themselves. */
function pathWith(programs: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gpus-'))
  for (const [name, script] of Object.entries(programs)) writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  for (const used of ['cat', 'sleep', 'dirname']) symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${used}`], { encoding: 'utf8' }).trim(), join(folder, used))
  return folder
}

const says = (text: string): string => `cat <<'END'\n${text}END`
const nvidia = (answers: { gpus: string; processes: string; list?: string; xml?: string }): string => `case "$*" in
*--query-gpu*) ${says(answers.gpus)}
;; *--query-compute-apps*) ${says(answers.processes)}
;; -L) ${says(answers.list ?? '')}
;; *) ${says(answers.xml ?? '')}
esac`

describe('what nvidia-smi says', () => {
  it('is read: GPUs by UUID with their memory, and who computes on them', () => {
    expect(parseGpus(H200.gpus, H200.processes)).toEqual([
      { uuid: UUID, vendor: 'nvidia', model: 'NVIDIA H200', memoryBytes: 143771 * MIB, driver: '580.159.04', parent: null, processes: [{ pid: 480, usedBytes: 746 * MIB }], isPartitioned: false },
    ])
    expect(parseGpus('', '')).toEqual([])
    expect(parseGpus(H200.unknown, '')).toEqual([])
    expect(parseGpus('GPU-x, NVIDIA GB10, [N/A], 580.95.05, [N/A]\n', 'GPU-x, 7, [N/A]\n')).toMatchObject([{ memoryBytes: 0, processes: [{ pid: 7, usedBytes: null }], isPartitioned: false }])
  })

  it('is read where GPUs are divided: each instance by its own UUID, with its own memory and processes', () => {
    const parts = parseParts(parseGpus(PARTITIONED.gpus, PARTITIONED.processes), PARTITIONED.list, PARTITIONED.xml)
    expect(parts).toMatchObject([
      { uuid: 'MIG-aaaaaaaa-0000-5000-8000-000000000000', model: 'NVIDIA H100 80GB HBM3 MIG 3g.40gb', memoryBytes: 40448 * MIB, parent: UUID, processes: [] },
      { uuid: 'MIG-bbbbbbbb-0000-5000-8000-000000000000', model: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb', memoryBytes: 9984 * MIB, parent: UUID, processes: [{ pid: 480, usedBytes: 746 * MIB }] },
    ])
  })

  it('is read line by line while it goes on, whatever a GPU does not tell', () => {
    expect(parseSample(H200.sample)).toEqual({ uuid: UUID, utilisationPercent: 99, memoryBytes: 755 * MIB, powerWatts: 655.73, temperatureCelsius: 57 })
    expect(parseSample('GPU-x, [N/A], 12, [Not Supported], 41')).toEqual({ uuid: 'GPU-x', utilisationPercent: null, memoryBytes: 12 * MIB, powerWatts: null, temperatureCelsius: 41 })
    expect(parseSample('Unable to determine the device handle for GPU0')).toBe(null)
  })
})

describe('what rocm-smi says', () => {
  it('is read, without what no job could be confined to', () => {
    expect(parseCards(`WARNING: AMD GPU device(s) is/are in a low-power state.\n${ROCM}\n`)).toEqual([
      { uuid: 'GPU-09246ABCDEF01234', vendor: 'amd', model: 'Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]', memoryBytes: 17163091968, driver: '6.8.5', parent: null, processes: [], kfdId: '45534' },
      { uuid: 'GPU-719D230578348E8C', vendor: 'amd', model: 'AMD INSTINCT MI250 (MCM) OAM AC MBA', memoryBytes: 68702699520, driver: '6.8.5', parent: null, processes: [], kfdId: '58294' },
    ])
    expect(parseCards('{')).toBe(null)
    expect(parseCards('ERROR: No AMD GPUs specified')).toBe(null)
    expect(parseCards('{"card0": 3, "card1": {"Unique ID": 7}}')).toMatchObject([{ uuid: 'GPU-0000000000000007', model: 'AMD GPU', memoryBytes: 0 }])
  })
})

describe('finding GPUs', () => {
  it('finds none where no tool is installed, which is no problem', async () => {
    expect(await findGpus({ path: pathWith({}) })).toEqual({ gpus: [], problems: [] })
  })

  it('finds those of both vendors and says which are in use', async () => {
    const kfdRoot = mkdtempSync(join(tmpdir(), 'kfd-'))
    mkdirSync(join(kfdRoot, '77'))
    for (const [file, bytes] of [['vram_58294', '1610571776'], ['vram_45534', '0'], ['pasid', '32770']] as const) writeFileSync(join(kfdRoot, '77', file), `${bytes}\n`)
    const path = pathWith({ 'nvidia-smi': nvidia(PARTITIONED), 'rocm-smi': says(`${ROCM}\n`) })
    const { gpus, problems } = await findGpus({ path, kfdRoot })
    expect(problems).toEqual([])
    expect(asMachineGpus(gpus)).toEqual([
      { uuid: 'MIG-aaaaaaaa-0000-5000-8000-000000000000', model: 'NVIDIA H100 80GB HBM3 MIG 3g.40gb', memoryBytes: 40448 * MIB, isPart: true, foreign: false },
      { uuid: 'MIG-bbbbbbbb-0000-5000-8000-000000000000', model: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb', memoryBytes: 9984 * MIB, isPart: true, foreign: true },
      { uuid: 'GPU-whole', model: 'NVIDIA H100 80GB HBM3', memoryBytes: 81559 * MIB, isPart: false, foreign: false },
      { uuid: 'GPU-09246ABCDEF01234', model: 'Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]', memoryBytes: 17163091968, isPart: false, foreign: false },
      { uuid: 'GPU-719D230578348E8C', model: 'AMD INSTINCT MI250 (MCM) OAM AC MBA', memoryBytes: 68702699520, isPart: false, foreign: true },
    ])
    expect(kfdProcesses(join(kfdRoot, 'none'))).toEqual(new Map())
  })

  it('takes what shares an id for one GPU', async () => {
    const twice = JSON.stringify({ card0: { 'Unique ID': '0x12', GUID: '1' }, card1: { 'Unique ID': '0x12', GUID: '2' } })
    expect((await findGpus({ path: pathWith({ 'rocm-smi': says(`${twice}\n`) }) })).gpus).toHaveLength(1)
  })

  it('says what failed, and tells it from that there is none', async () => {
    const driver = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running."
    expect(await findGpus({ path: pathWith({ 'nvidia-smi': `echo "${driver}"; exit 9` }) })).toEqual({ gpus: [], problems: [`nvidia-smi: ${driver}`] })
    expect(await findGpus({ path: pathWith({ 'nvidia-smi': 'echo "No devices were found"; exit 6' }) })).toEqual({ gpus: [], problems: [] })
    expect((await findGpus({ path: pathWith({ 'nvidia-smi': says(H200.unknown) }) })).problems).toEqual(['nvidia-smi: what it says is not understood: Field "nonsense" is not a valid field to query.'])
    expect((await findGpus({ path: pathWith({ 'rocm-smi': 'echo "{"' }) })).problems).toEqual(['rocm-smi: what it says is not understood: {'])
    expect((await findGpus({ path: pathWith({ 'nvidia-smi': nvidia(PARTITIONED).replace('-L)', '-L) exit 3;;\n-never)') }) })).gpus.map(({ uuid }) => uuid)).toEqual(['GPU-whole'])
  })

  it('gives up on one that hangs', async () => {
    const { problems } = await findGpus({ path: pathWith({ 'nvidia-smi': 'exec sleep 60' }), timeoutMs: 100 })
    expect(problems).toEqual(['nvidia-smi: gave no answer within 0.1 seconds'])
  })
})

describe('sampling', () => {
  it('follows one nvidia-smi that goes on, and ends it', async () => {
    // It comes in two pieces.
    const script = `cd "$(dirname "$0")"
printf '%s' '${H200.sample.slice(0, 20)}'
echo "$*" > args; echo $$ > pid
until [ -e go ]; do sleep 0.02; done
printf '%s\\n' '${H200.sample.slice(20).trim()}'
echo 'GPU-other, 1, 1, 1, 1'
exec sleep 600`
    const path = pathWith({ 'nvidia-smi': script })
    const sampler = sampleGpus([UUID, 'MIG-1'], { path })
    await vi.waitFor(() => expect(existsSync(join(path, 'pid'))).toBe(true), { timeout: 20_000 })
    writeFileSync(join(path, 'go'), '')
    await vi.waitFor(() => expect(sampler.read()).toEqual([{ uuid: UUID, utilisationPercent: 99, memoryBytes: 755 * MIB, powerWatts: 655.73, temperatureCelsius: 57 }]), { timeout: 20_000 })
    expect(readFileSync(join(path, 'args'), 'utf8').trim()).toBe(`--query-gpu=uuid,utilization.gpu,memory.used,power.draw,temperature.gpu --format=csv,noheader,nounits -i ${UUID} -lms 1000`)
    sampler.close()
    const pid = Number(readFileSync(join(path, 'pid'), 'utf8'))
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 20_000 })
  })

  it('calls nothing a sample that is old', async () => {
    let time = 0
    const sampler = sampleGpus([UUID], { path: pathWith({ 'nvidia-smi': `${says(H200.sample)}\nexec sleep 600` }), now: () => time })
    await vi.waitFor(() => expect(sampler.read()).toHaveLength(1), { timeout: 20_000 })
    time = 5001
    expect(sampler.read()).toEqual([])
    sampler.close()
  })

  it('has none where there is no tool', () => {
    const sampler = sampleGpus([UUID], { path: pathWith({}) })
    expect(sampler.read()).toEqual([])
    sampler.close()
  })

  it('reads those of AMD from the kernel', () => {
    const amdRoot = mkdtempSync(join(tmpdir(), 'drm-'))
    const device = join(amdRoot, 'card1', 'device')
    mkdirSync(join(device, 'hwmon', 'hwmon3'), { recursive: true })
    mkdirSync(join(amdRoot, 'card1-DP-1'))
    const files = { unique_id: '9246abcdef01234', gpu_busy_percent: '42', mem_info_vram_used: '692142080', 'hwmon/hwmon3/power1_average': '210000000', 'hwmon/hwmon3/temp1_input': '48000' }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(device, name), `${text}\n`)
    const sampler = sampleGpus(['GPU-09246ABCDEF01234'], { path: pathWith({}), amdRoot })
    expect(sampler.read()).toEqual([{ uuid: 'GPU-09246ABCDEF01234', utilisationPercent: 42, memoryBytes: 692142080, powerWatts: 210, temperatureCelsius: 48 }])
    sampler.close()
  })
})

describe('the variables of a job', () => {
  it('name its GPUs, and are empty for what it has none of', () => {
    expect(visibleDevices([])).toEqual({ CUDA_VISIBLE_DEVICES: '', ROCR_VISIBLE_DEVICES: '' })
    expect(visibleDevices([{ uuid: UUID, vendor: 'nvidia' }, { uuid: 'GPU-2', vendor: 'nvidia' }])).toEqual({ CUDA_VISIBLE_DEVICES: `${UUID},GPU-2`, ROCR_VISIBLE_DEVICES: '' })
    expect(visibleDevices([{ uuid: 'MIG-1', vendor: 'nvidia' }])).toEqual({ CUDA_VISIBLE_DEVICES: 'MIG-1', ROCR_VISIBLE_DEVICES: '' })
    expect(visibleDevices([{ uuid: 'GPU-A', vendor: 'amd' }])).toEqual({ CUDA_VISIBLE_DEVICES: '', ROCR_VISIBLE_DEVICES: 'GPU-A', HIP_VISIBLE_DEVICES: '0' })
    expect(visibleDevices([{ uuid: 'GPU-A', vendor: 'amd' }, { uuid: 'GPU-B', vendor: 'amd' }])).toEqual({ CUDA_VISIBLE_DEVICES: '', ROCR_VISIBLE_DEVICES: 'GPU-A,GPU-B', HIP_VISIBLE_DEVICES: '0,1' })
  })
})
