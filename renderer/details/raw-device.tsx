import { useEffect, useEffectEvent, useState } from 'react';
import { z } from 'zod';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { dropDraft, keepDraft, readDraft } from '../state/drafts.ts';
import { elementText, replaceElement } from '../xml/edits.ts';
import { syntaxProblem } from '../xml/problems.ts';
import { XmlEditor } from '../xml/xml-editor.tsx';
import type { FormContext } from '../forms/field-spec.ts';

/** Where text is kept that can't be read, and so isn't in the form's own draft. */
export function rawDraftName(draft: string): string {
  return `raw.${draft}`;
}

interface RawDeviceProps {
  /** See {@link rawDraftName}. */
  readonly draft: string;
  readonly context: FormContext;
  readonly path: string;
  readonly readOnly: boolean;
  /** Tells whether what stands in the editor can be applied. */
  readonly onValid: (valid: boolean) => void;
}

/** A device without a form: its XML, to be edited as it is. Nothing of it is hidden and nothing is dropped. */
export function RawDevice({ draft, context, path, readOnly, onValid }: RawDeviceProps) {
  const [text, setText] = useState(() => readDraft(draft, z.string()) ?? elementText(context.document.text, path) ?? '');
  const problem = syntaxProblem(text);
  const change = (next: string) => {
    setText(next);
    const wrong = syntaxProblem(next);
    const other = !wrong && parseXml(next).root.name !== context.element.name;
    onValid(!wrong && !other);
    if (wrong || other) keepDraft(draft, next);
    else dropDraft(draft);
    if (!wrong && !other) context.setText(replaceElement(context.document.text, path, next));
  };
  const begin = useEffectEvent(() => {
    if (problem || parseXml(text).root.name !== context.element.name) onValid(false);
  });
  // What was typed before the page was loaded anew may be unreadable still.
  useEffect(() => begin(), []);
  return (
    <>
      <p className="hint" style={{ marginBottom: 8 }}>
        Tapestry has no form for this device. This is all of its XML.
      </p>
      <div className="raw-device">
        <XmlEditor
          wrap
          value={text}
          onChange={change}
          readOnly={readOnly}
          {...(problem ? { problems: [problem] } : {})}
          label={`XML of ${context.element.name}`}
        />
      </div>
      {problem && <p className="field-error">{problem.message}</p>}
    </>
  );
}
