// Runs in the page: every text that is visible, with its contrast to the ground behind it, when that is under 4.5.
// An expression: its value goes back to the test. Disabled controls are excepted, as in WCAG 1.4.3.
(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (css) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = css;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const ground = colour(getComputedStyle(at).backgroundColor);
      if (ground[3] > 250) return ground;
    }
    return [255, 255, 255, 255];
  };
  const weak = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    if (element.closest(":disabled, .unseen, .skip, script, noscript")) continue;
    const text = luminance(colour(getComputedStyle(element).color));
    const ground = luminance(groundOf(element));
    const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    if (contrast < 4.5) weak.add(`${element.className || element.tagName}: ${contrast.toFixed(2)}`);
  }
  return [...weak];
})();
