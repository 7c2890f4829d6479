import { useState } from 'react';
import { parseXml } from '../../shared/domain-xml/xml/parse.ts';
import { elementText, replaceElement } from '../xml/edits.ts';
import { syntaxProblem } from '../xml/problems.ts';
import { XmlEditor } from '../xml/xml-editor.tsx';
import type { FormContext } from './field-spec.ts';

interface RawDeviceProps {
  readonly context: FormContext;
  readonly path: string;
  readonly readOnly: boolean;
  /** Tells whether what stands in the editor can be applied. */
  readonly onValid: (valid: boolean) => void;
}

/** A device without a form: its XML, to be edited as it is. Nothing of it is hidden and nothing is dropped. */
export function RawDevice({ context, path, readOnly, onValid }: RawDeviceProps) {
  const [text, setText] = useState(() => elementText(context.document.text, path) ?? '');
  const problem = syntaxProblem(text);
  const change = (next: string) => {
    setText(next);
    const wrong = syntaxProblem(next);
    const other = !wrong && parseXml(next).root.name !== context.element.name;
    onValid(!wrong && !other);
    if (!wrong && !other) context.setText(replaceElement(context.document.text, path, next));
  };
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
