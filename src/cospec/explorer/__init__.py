"""The interactive explorer of notebooks: step through a process, and see its graph grow.

* `dialogue`: requests are answered with plain data, so that all of it can be tested without a
  browser;
* `exploration`: where one is, how one got there (`history`), and what is known of the graph
  (`known`), whose states have their places (`places`);
* `looking`: what a state can do, found out by the firing rules;
* `showing`: what is shown of all this;
* `widget`: the anywidget around it, with `graph.js`, `panel.js` and `explorer.js` in the browser.
"""
