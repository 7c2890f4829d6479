import { Checkbox } from '@mantine/core';
import { IconBolt, IconCode, IconDisc, IconServer2, IconTerminal2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState, type ComponentType } from 'react';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import { Dialog, DialogCancel } from '../components/dialog.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { HostButton } from '../components/host-button.tsx';
import { useHostFacts } from '../computer/use-host-facts.ts';
import { JobProgress } from '../machine/job-progress.tsx';
import { DemoProgress } from '../machine/demo-progress.tsx';
import { useCreateDemo } from '../machine/use-create-demo.ts';
import { ConnectionScope, useScope } from '../state/connections.ts';
import { refusal, useStanding } from '../state/use-link-status.ts';
import { embeddedConnection } from '../../shared/contract/references.ts';
import { useMachinesOf } from '../state/machines-of.ts';
import { useApi } from '../state/services.ts';
import { useUi } from '../state/ui-store.ts';
import { syntaxProblem } from '../xml/problems.ts';
import { XmlEditor } from '../xml/xml-editor.tsx';
import { choiceErrors, choiceWarnings, makesDisk, newDiskPath, newMachineXml, type NewMachineChoices } from './new-machine-plan.ts';
import { hostWord } from '../forms/support.ts';
import { driverTypeOf, formatWarning, useImageInfo } from '../forms/image-formats.ts';
import { ConnectionChoice } from './connection-choice.tsx';
import { NewMachineForm } from './new-machine-form.tsx';
import { useNewMachineDraft, type NewMachinePage } from './new-machine-draft.ts';
import { osProposal } from './os-proposal.ts';
import { useCreateMachine } from './use-create-machine.ts';
import { useKvmVerdict } from './use-kvm-verdict.ts';
import { useRecognised } from './use-recognised.ts';
import './new-machine-dialog.css';

const pages: readonly {
  readonly id: NewMachinePage;
  readonly label: string;
  readonly hint: string;
  readonly Icon: ComponentType<{ readonly size?: number }>;
}[] = [
  { id: 'iso', label: 'ISO image', hint: 'Install an operating system', Icon: IconDisc },
  { id: 'disk', label: 'Existing disk', hint: 'Boot an image you have', Icon: IconServer2 },
  { id: 'kernel', label: 'Kernel', hint: 'Direct boot, with initrd', Icon: IconTerminal2 },
  { id: 'xml', label: 'XML', hint: 'Paste a libvirt domain', Icon: IconCode },
  { id: 'demo', label: 'Demo', hint: 'Small Linux, ready in seconds', Icon: IconBolt },
];

const emptyXml = `<domain type='kvm'>
  <name></name>
  <memory unit='MiB'>1024</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <serial type='pty'/>
  </devices>
</domain>
`;

/** A problem with the place that it stands at, 1-based. */
const inWords = ({ line, column, message }: XmlProblem): string =>
  line === undefined ? message : `Line ${String(line)}, column ${String(column ?? 1)}: ${message}`;

/** Makes a machine from an ISO image, a disk, a kernel, XML, or the demo, in one of the connections. */
export function NewMachineDialog() {
  const { source, connection = embeddedConnection } = useUi((state) => state.newMachine);
  const draft = useNewMachineDraft({ page: source ?? 'iso', connection, start: true, xml: emptyXml, chosen: {} });
  return (
    <ConnectionScope value={draft.value.connection}>
      <NewMachine draft={draft} />
    </ConnectionScope>
  );
}

function NewMachine({ draft }: { readonly draft: ReturnType<typeof useNewMachineDraft> }) {
  const api = useApi();
  const connection = useScope();
  const standing = useStanding();
  const host = hostWord(standing.connection);
  const close = useUi((state) => state.closeNewMachine);
  const facts = useHostFacts();
  const kvm = useKvmVerdict(facts);
  const taken = useMachinesOf().map((machine) => machine.name);
  const defaults = useQuery({
    queryKey: ['storage-defaults', connection],
    enabled: refusal(standing, 'images') === undefined,
    staleTime: 0,
    queryFn: ({ signal }) => api['storage.defaults']({ connection }, { signal }),
  }).data;
  const { page, start, xml, chosen } = draft.value;
  const [tried, setTried] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const created = () => {
    draft.drop();
    close();
  };
  const machine = useCreateMachine(created);
  const demo = useCreateDemo(created);

  const diskInfo = useImageInfo(chosen.disk ?? '').data;
  const isoInfo = useImageInfo(chosen.iso ?? '').data;
  const iso = page === 'iso' ? (chosen.iso ?? '') : '';
  const recognised = useRecognised(iso, chosen.os);
  const choices: NewMachineChoices = {
    name: '',
    iso: '',
    disk: '',
    // What the files are; a choice by hand stays.
    diskFormat: diskInfo === undefined ? 'qcow2' : driverTypeOf(diskInfo),
    isoFormat: isoInfo === undefined ? 'raw' : driverTypeOf(isoInfo),
    kernel: '',
    initrd: '',
    cmdline: 'console=ttyS0',
    newDisk: false,
    network: 'user',
    // What the recognised system wants; a choice by hand stays.
    ...osProposal(recognised.facts, { cpus: facts?.cpus, memoryKiB: facts?.memoryKiB }),
    // Until KVM is seen to work, what surely does: a choice by hand stays.
    accelerator: kvm.usable === 'no' || kvm.trying ? 'qemu' : 'kvm',
    arch: facts?.arch ?? 'x86_64',
    ...chosen,
    os: recognised.id ?? '',
    source: page === 'demo' ? 'iso' : page,
  };
  const world = {
    host: hostWord(standing.connection),
    taken,
    cpus: facts?.cpus,
    memoryKiB: facts?.memoryKiB,
    freeBytes: defaults?.freeBytes,
  };
  const errors = choiceErrors(choices, world);
  const format = formatWarning(choices.diskFormat, diskInfo);
  const warnings = new Map([...choiceWarnings(choices, world), ...(format === undefined ? [] : [['diskFormat', format] as const])]);
  const diskPath = newDiskPath(defaults?.directory ?? '', choices.name);
  const problem = page === 'xml' ? syntaxProblem(xml) : undefined;
  const blocked = problem && inWords(problem);

  /** The machine's XML; the format of a file that hasn't been looked at yet is asked for first. */
  const withFormats = async (wanted: NewMachineChoices): Promise<string> => {
    const formatOf = async (path: string) =>
      // One that isn't there is told by the check.
      api['storage.imageInfo']({ connection, path }).then(driverTypeOf, () => undefined);
    const diskFormat = wanted.source === 'disk' && chosen.diskFormat === undefined ? await formatOf(wanted.disk) : undefined;
    const isoFormat = wanted.source === 'iso' ? await formatOf(wanted.iso) : undefined;
    return newMachineXml(
      { ...wanted, ...(diskFormat === undefined ? {} : { diskFormat }), ...(isoFormat === undefined ? {} : { isoFormat }) },
      diskPath,
    );
  };

  // What stands against it at this connection, whatever is chosen.
  const refused =
    page === 'demo'
      ? refusal(standing, 'demo')
      : (refusal(standing, 'define') ?? (page !== 'xml' && makesDisk(choices) ? refusal(standing, 'create-image') : undefined));

  const submit = () => {
    setTried(true);
    if (refused !== undefined) return undefined;
    if (page === 'demo') return demo.create();
    if (page === 'xml') return void (blocked === undefined && machine.create(() => Promise.resolve(xml), undefined, start));
    if (errors.size > 0) {
      const [first] = errors.keys();
      box.current?.querySelector<HTMLElement>(`[data-field="${first ?? ''}"]`)?.focus();
      return undefined;
    }
    const disk = makesDisk(choices)
      ? { path: diskPath, format: 'qcow2' as const, sizeBytes: Number(choices.diskGib) * 1024 ** 3 }
      : undefined;
    return void machine.create(() => withFormats(choices), disk, start);
  };

  return (
    <Dialog
      onClose={close}
      dirty={draft.typed && !machine.busy && !demo.busy}
      onDiscard={draft.drop}
      title="New machine"
      size={800}
      padding={0}
      closeOnClickOutside={false}
      classNames={{ header: 'new-machine-header', body: 'new-machine-body' }}
    >
      <div className="new-machine">
        <div className="new-machine-sources" role="radiogroup" aria-label="Begin with">
          {pages.map(({ id, label, hint, Icon }) => (
            <label key={id} className="new-machine-source" data-on={page === id || undefined}>
              <input
                type="radio"
                name="source"
                className="visually-hidden"
                checked={page === id}
                data-autofocus={page === id || undefined}
                onChange={() => {
                  draft.set({ page: id });
                  // Another source begins without the red marks of the last one.
                  setTried(false);
                }}
              />
              <Icon size={18} />
              <span>
                <span className="medium">{label}</span>
                <br />
                <span className="small">{hint}</span>
              </span>
            </label>
          ))}
        </div>
        <div className="new-machine-page" ref={box}>
          <ConnectionChoice onChange={(to) => draft.set({ connection: to })} />
          {refused !== undefined && <p className="field-warning">{refused}.</p>}
          {machine.error && <ErrorCallout error={machine.error} title="The machine was not made." />}
          {page === 'demo' ? (
            <>
              <p className="new-machine-lead">A small Linux with a serial login, made on {host} to try things with.</p>
              <dl className="new-machine-deeds">
                <dt>Machine</dt>
                <dd>1 vCPU, 256 MiB of memory, with KVM where it works, else emulated</dd>
                <dt>Disk</dt>
                <dd>A qcow2 image that grows to 1 GiB at most, in Tapestry’s folder of images</dd>
                <dt>Network</dt>
                <dd>User mode: it reaches out, and needs no privilege</dd>
                <dt>Login</dt>
                <dd>
                  On its console as <span className="mono">root</span>, password <span className="mono">guest</span>
                </dd>
                <dt>Then</dt>
                <dd>It starts at once, and its console opens</dd>
              </dl>
              <DemoProgress demo={demo} />
            </>
          ) : page === 'xml' ? (
            <>
              <div className="new-machine-xml">
                <XmlEditor
                  value={xml}
                  onChange={(text) => draft.set({ xml: text })}
                  label="Domain XML"
                  {...(problem ? { problems: [problem] } : {})}
                />
              </div>
              {blocked !== undefined && (
                <p className="field-error" role="alert">
                  {blocked}
                </p>
              )}
            </>
          ) : (
            <NewMachineForm
              choices={choices}
              errors={tried ? errors : new Map([...errors].filter(([field]) => chosen[field as keyof NewMachineChoices] !== undefined))}
              warnings={warnings}
              facts={facts}
              kvm={kvm}
              recognised={recognised}
              diskPath={makesDisk(choices) && choices.name !== '' && defaults ? diskPath : undefined}
              freeBytes={defaults?.freeBytes}
              taken={taken}
              onChange={draft.choose}
            />
          )}
        </div>
      </div>
      <div className="new-machine-footer">
        {page !== 'demo' && (
          <Checkbox label="Start when created" checked={start} onChange={(event) => draft.set({ start: event.currentTarget.checked })} />
        )}
        <span className="grow" />
        {machine.image.busy && <JobProgress at={machine.image} label="Progress of the disk" />}
        <DialogCancel />
        <HostButton
          variant="filled"
          loading={machine.busy || demo.busy}
          reason={refused ?? (blocked === undefined ? undefined : 'The XML can’t be read')}
          onClick={submit}
        >
          {page === 'demo' ? 'Create a Demo Machine' : 'Create'}
        </HostButton>
      </div>
    </Dialog>
  );
}
