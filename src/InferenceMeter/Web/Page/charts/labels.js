// Texts beside marks: none covers another, or a mark.

const ascent = 11;
const descent = 3;
// Where a text may go, in pixels below the mark's middle: beside it first, then further and further away.
const shifts = [4, 17, -9, 30, -22, 43, -35, 56, -48];
const characterWidth = 6.4;

/** Keeps account of what is taken in a drawing. */
export class Labels {
  constructor({ width, top, bottom }) {
    this.width = width;
    this.top = top;
    this.bottom = bottom;
    this.taken = [];
  }

  /** Keeps texts away from a rectangle. */
  reserve(left, top, right, bottom) {
    this.taken.push({ left, top, right, bottom });
  }

  /**
   * Finds room for a text that starts at x.
   * @returns its base line, or null where there is no room
   */
  place(x, y, text) {
    for (const shift of shifts) {
      const box = {
        left: x,
        right: x + text.length * characterWidth,
        top: y + shift - ascent,
        bottom: y + shift + descent,
      };
      if (this.fits(box)) {
        this.taken.push(box);
        return y + shift;
      }
    }
    return null;
  }

  fits(box) {
    if (box.bottom > this.bottom + 4 || box.top < this.top - 8 || box.right > this.width) return false;
    return !this.taken.some(other => overlap(box, other));
  }
}

function overlap(one, other) {
  const across = one.left < other.right && one.right > other.left;
  const down = one.top < other.bottom && one.bottom > other.top;
  return across && down;
}
