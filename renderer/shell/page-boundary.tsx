import { Component, type ReactNode } from 'react';
import { ErrorCallout } from '../components/error-callout.tsx';
import { errorDataOf } from '../words/errors.ts';

interface State {
  readonly thrown: { readonly value: unknown } | null;
}

/** Keeps a defect in one page from taking the window with it: navigation and the other pages go on working. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { thrown: null };

  static getDerivedStateFromError(value: unknown): State {
    return { thrown: { value } };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    if (!thrown) return this.props.children;
    return (
      <div className="page-body">
        <ErrorCallout
          title="This page stopped working."
          error={{ ...errorDataOf(thrown.value), fixes: [{ kind: 'retry', label: 'Show It Again' }] }}
          onFix={() => this.setState({ thrown: null })}
        />
      </div>
    );
  }
}
