import { Button, SegmentedControl } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMemo, useState } from 'react';
import { keyOf } from '../../shared/contract/machine-key.ts';
import type { MachineSummary } from '../../shared/contract/machines.ts';
import type { ErrorData } from '../../shared/errors.ts';
import { CopyButton } from '../components/copy-button.tsx';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../words/errors.ts';
import { HostButton } from '../components/host-button.tsx';
import { useApi } from '../state/services.ts';
import { useXmlDrafts } from '../xml/draft-store.ts';
import { UnreadDefinition } from '../machine/unread-definition.tsx';
import { useMachineXml } from '../xml/use-machine-xml.ts';
import { useXmlProblems } from '../xml/use-xml-problems.ts';
import { XmlDiff } from '../xml/xml-diff.tsx';
import { XmlEditor } from '../xml/xml-editor.tsx';
import { XmlProblems } from '../xml/xml-problems.tsx';
import './xml-page.css';

type Side = 'next' | 'now';

/** The definition as text: edited, checked line by line, compared, applied. */
export function XmlPage({ machine, line }: { readonly machine: MachineSummary; readonly line?: number | undefined }) {
  const api = useApi();
  const { data: xml, error: loadError, refetch } = useMachineXml(machine);
  const draft = useXmlDrafts((state) => state.drafts[keyOf(machine)]);
  const setDraft = useXmlDrafts((state) => state.set);
  const dropDraft = useXmlDrafts((state) => state.drop);
  const [side, setSide] = useState<Side>('next');
  const [reviewing, setReviewing] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const [busy, setBusy] = useState(false);
  const [reveal, setReveal] = useState<{ readonly line: number } | null>(line === undefined ? null : { line });
  const [routed, setRouted] = useState(line);
  if (routed !== line) {
    // The route names another line now: it is shown once, and what one looks at after that is the reader's.
    setRouted(line);
    setReveal(line === undefined ? null : { line });
  }

  const stored = xml?.inactive ?? null;
  const shownSide: Side = stored === null ? 'now' : xml?.live === null ? 'next' : side;
  const text = draft?.text ?? stored ?? '';
  const edited = draft !== undefined && draft.text !== draft.base;
  const foreign = edited && xml !== undefined && draft.hash !== xml.hash;

  const { problems, failed } = useXmlProblems(machine, shownSide === 'next' && stored !== null ? text : undefined);
  const errors = useMemo(() => problems.filter((problem) => problem.severity === 'error'), [problems]);
  const change = (next: string) => {
    if (xml === undefined || stored === null) return;
    const from = draft ?? { base: stored, hash: xml.hash };
    if (next === from.base && from.hash === xml.hash) dropDraft(machine);
    else setDraft(machine, { text: next, base: from.base, hash: from.hash });
  };
  const discard = () => {
    dropDraft(machine);
    setReviewing(false);
    setError(null);
  };
  const apply = async (expect: string) => {
    setBusy(true);
    setError(null);
    try {
      await api['machines.define']({ connection: machine.connection, xml: text, expect });
      discard();
      notifications.show({
        message: xml?.live === null ? `The definition of ${machine.name} is saved.` : 'Saved. It takes effect after the next shutdown.',
      });
      await refetch();
    } catch (thrown) {
      const data = errorDataOf(thrown);
      setError(data);
      if (data.line !== undefined) {
        setReviewing(false);
        setReveal({ line: data.line });
      }
      if (data.code === 'conflict') await refetch();
    } finally {
      setBusy(false);
    }
  };

  if (loadError && xml === undefined) {
    return <UnreadDefinition error={errorDataOf(loadError)} onRetry={() => void refetch()} />;
  }
  if (!xml)
    return (
      <p className="page-body dim" aria-busy="true">
        Reading the definition…
      </p>
    );

  return (
    <>
      <div className="xml-bar">
        {stored !== null && xml.live !== null ? (
          <SegmentedControl
            aria-label="Which XML"
            value={shownSide}
            onChange={(value) => {
              setSide(value);
              setReviewing(false);
            }}
            data={[
              { value: 'next', label: 'At next start' },
              { value: 'now', label: 'Running now' },
            ]}
          />
        ) : (
          <span className="small dim">{stored === null ? 'Running now; this machine has no stored definition' : 'Stored definition'}</span>
        )}
        <output className="grow small dim">
          {shownSide === 'now'
            ? 'As it runs, with aliases, addresses and device names. It can’t be edited here.'
            : reviewing
              ? 'What Apply changes'
              : edited
                ? 'Edited, not applied'
                : ''}
        </output>
        <CopyButton text={shownSide === 'now' ? (xml.live ?? '') : text} what="the XML" />
      </div>
      {foreign && (
        <div className="machine-problem">
          <ErrorCallout
            error={{
              code: 'conflict',
              message: 'The stored definition changed while you were editing.',
              next: 'Your text is kept. Look at what is different before you apply it over the new one.',
            }}
          >
            <Button onClick={() => setReviewing(true)}>Compare with the Stored One</Button>
            <Button onClick={discard}>Take the Stored One</Button>
          </ErrorCallout>
        </div>
      )}
      {error && error.code !== 'conflict' && (
        <div className="machine-problem">
          <ErrorCallout error={error} title="The definition was not saved." onDismiss={() => setError(null)} />
        </div>
      )}
      {failed && !error && (
        <div className="machine-problem">
          <ErrorCallout error={failed} title="The definition could not be checked." />
        </div>
      )}
      <div className="xml-body">
        {shownSide === 'now' ? (
          <XmlEditor key="now" value={xml.live ?? ''} readOnly label={`XML of ${machine.name} as it runs`} />
        ) : reviewing ? (
          <XmlDiff before={stored ?? ''} after={text} label={`Changes to the definition of ${machine.name}`} />
        ) : (
          <XmlEditor
            key="next"
            value={text}
            onChange={change}
            problems={problems}
            reveal={reveal}
            label={`Definition of ${machine.name}`}
          />
        )}
      </div>
      {shownSide === 'next' && !reviewing && problems.length > 0 && (
        <XmlProblems problems={problems} onPick={(problem) => setReveal({ line: problem.line ?? 1 })} />
      )}
      {shownSide === 'next' && (
        <footer className="form-footer">
          <span className="grow small dim">
            {errors.length > 0
              ? `${String(errors.length)} ${errors.length === 1 ? 'error' : 'errors'}: nothing can be applied yet`
              : edited
                ? xml.live === null
                  ? 'Takes effect at the next start'
                  : 'Takes effect after the next shutdown'
                : 'No changes'}
          </span>
          {reviewing ? (
            <Button onClick={() => setReviewing(false)}>Back to Editing</Button>
          ) : (
            <Button aria-disabled={!edited} onClick={edited ? discard : undefined}>
              Discard Edits
            </Button>
          )}
          {reviewing ? (
            <HostButton
              variant="filled"
              operation="define"
              loading={busy}
              reason={errors.length > 0 ? 'The text has errors' : undefined}
              onClick={() => void apply(xml.hash)}
            >
              {foreign ? 'Apply over the Stored One' : 'Apply'}
            </HostButton>
          ) : (
            <Button
              variant="filled"
              aria-disabled={!edited || errors.length > 0}
              onClick={() => {
                if (edited && errors.length === 0) setReviewing(true);
                else if (errors[0]) setReveal({ line: errors[0].line ?? 1 });
              }}
            >
              Review Changes…
            </Button>
          )}
        </footer>
      )}
    </>
  );
}
