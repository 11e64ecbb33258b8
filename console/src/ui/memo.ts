// Spares the work of showing the same again: a component whose properties are the same objects is not rendered anew.

import { Component, type ComponentType, createElement, type VNode } from "preact";

export function memo<Properties extends object>(show: (properties: Properties) => VNode): ComponentType<Properties> {
  return class extends Component<Properties> {
    override shouldComponentUpdate(next: Properties): boolean {
      const names = Object.keys({ ...this.props, ...next }) as (keyof Properties)[];
      return names.some((name) => !Object.is(this.props[name], next[name]));
    }
    override render(): VNode {
      return createElement(show as ComponentType<object>, this.props);
    }
  };
}
