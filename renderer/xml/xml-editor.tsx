import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { xml } from '@codemirror/lang-xml';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Text } from '@codemirror/state';
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { XmlProblem } from '../../shared/contract/machines.ts';
import { editorTheme } from './editor-theme.ts';

interface XmlEditorProps {
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly readOnly?: boolean;
  readonly problems?: readonly XmlProblem[];
  /** 1-based line to show, with the caret on it; a new object shows it again. */
  readonly reveal?: { readonly line: number } | null;
  readonly label: string;
  /** Long lines are wrapped. */
  readonly wrap?: boolean;
}

/** A problem as the editor marks it: from its column to the end of its line. */
export function toDiagnostic(problem: XmlProblem, text: Text): Diagnostic {
  const line = text.line(Math.min(Math.max(problem.line ?? 1, 1), text.lines));
  const from = Math.min(line.from + Math.max((problem.column ?? 1) - 1, 0), line.to);
  return {
    from,
    to: Math.max(from, line.to),
    severity: problem.severity === 'warning' ? 'warning' : problem.severity === 'note' ? 'info' : 'error',
    message: problem.severity === 'unsupported' ? `${problem.message} (a start refuses this)` : problem.message,
  };
}

/** The XML editor: highlighting, folding, search, undo; Tab leaves it, as in any field. */
export function XmlEditor({ value, onChange, readOnly = false, problems, reveal, label, wrap = false }: XmlEditorProps) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(onChange);
  const mode = useRef(new Compartment());
  const first = useRef({ value, label, wrap });

  useEffect(() => {
    latest.current = onChange;
  }, [onChange]);

  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const editor = new EditorView({
      parent,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          lineNumbers(),
          foldGutter(),
          lintGutter(),
          history(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          search({ top: true }),
          xml(),
          editorTheme,
          first.current.wrap ? EditorView.lineWrapping : [],
          keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, ...lintKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': first.current.label, spellcheck: 'false', tabindex: '0' }),
          mode.current.of([]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    view.current?.dispatch({
      effects: mode.current.reconfigure([
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of({ 'aria-readonly': String(readOnly) }),
      ]),
    });
  }, [readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const diagnostics = (problems ?? []).map((problem) => toDiagnostic(problem, editor.state.doc));
    editor.dispatch(
      setDiagnostics(
        editor.state,
        diagnostics.toSorted((a, b) => a.from - b.from),
      ),
    );
  }, [problems]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || !reveal) return;
    const { from } = editor.state.doc.line(Math.min(Math.max(reveal.line, 1), editor.state.doc.lines));
    editor.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
    editor.focus();
  }, [reveal]);

  return <div ref={box} className="xml-editor" />;
}
