import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { OsTile } from './os-tile.tsx';

it('shows a known system by name, one of an unknown maker with the unknown’s sign, and says nothing of an unknown one', () => {
  const { container } = render(
    <>
      <OsTile id="http://microsoft.com/win/11" />
      <OsTile id="http://example.org/own/3" />
      <OsTile id={undefined} />
      <OsTile id="http://debian.org/debian/12" named />
    </>,
  );
  expect(screen.getAllByRole('img').map((tile) => [tile.getAttribute('aria-label'), tile.dataset['tone']])).toEqual([
    ['Windows 11', 'sky'],
    ['Own 3', 'grey'],
  ]);
  expect([...container.querySelectorAll('svg[aria-hidden]')].map((tile) => (tile as SVGElement).dataset['tone'])).toEqual(['grey', 'red']);
});
