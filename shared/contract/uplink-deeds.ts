/**
 * What is done to this computer when a card is lent to a bridge, and when it is taken off. The window has a sentence for each of these, and a test
 * does each with the real helper: neither says or does anything that isn't here.
 */
export const uplinkDeeds = {
  /** Adding, on trial. */
  add: [
    /** The card is a port: what is on the bridge is on the card's network. */
    'becomes-port',
    /** Unanswered, all is as before, whoever asked is gone or not. */
    'taken-back',
    /** The host's addresses and routes go from the card to the bridge, and back with it. */
    'moves',
  ],
  /** Taking off one that was kept. */
  takeOff: [
    /** What is on the bridge is no longer on the card's network. */
    'leaves',
    /** The host's addresses and routes go from the bridge to the card. */
    'moves-back',
  ],
} as const;

/** One of them. */
export type UplinkDeed = (typeof uplinkDeeds)[keyof typeof uplinkDeeds][number];
