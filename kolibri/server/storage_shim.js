// A resource runs in a sandbox without an origin of its own: there localStorage, sessionStorage and
// cookies throw. Many apps cannot live without them, so they get ones that last as long as the frame;
// the frame's name carries them from one page of the app to the next. The page around it is told of them,
// keeps them with the learner's progress, and gives them back in the frame's name the next time.
(function () {
  "use strict";

  function isThere(name) {
    try {
      return Boolean(window[name]);
    } catch (error) {
      return false;
    }
  }

  function kept() {
    try {
      var found = JSON.parse(window.name);
      return found && found.kolibriShim ? found.kolibriShim : {};
    } catch (error) {
      return {};
    }
  }

  var all = kept();

  var telling = null;

  function tell() {
    telling = null;
    // Whoever frames the app may know: it holds nothing but the app's own.
    window.parent.postMessage({ kolibriShim: all }, "*");
  }

  function keep() {
    window.name = JSON.stringify({ kolibriShim: all });
    if (window.parent !== window && telling === null) telling = setTimeout(tell, 200);
  }

  function storage(area) {
    var items = (all[area] = all[area] || {});
    var has = function (key) {
      return Object.prototype.hasOwnProperty.call(items, key);
    };
    var methods = {
      getItem: function (key) {
        return has(String(key)) ? items[String(key)] : null;
      },
      setItem: function (key, value) {
        items[String(key)] = String(value);
        keep();
      },
      removeItem: function (key) {
        delete items[String(key)];
        keep();
      },
      clear: function () {
        items = all[area] = {};
        keep();
      },
      key: function (index) {
        var found = Object.keys(items)[index];
        return found === undefined ? null : found;
      },
    };
    return new Proxy(methods, {
      get: function (target, name) {
        if (name === "length") return Object.keys(items).length;
        if (name in target) return target[name];
        return has(name) ? items[name] : undefined;
      },
      set: function (target, name, value) {
        target.setItem(name, value);
        return true;
      },
      deleteProperty: function (target, name) {
        target.removeItem(name);
        return true;
      },
      has: function (target, name) {
        return name in target || has(name);
      },
      ownKeys: function () {
        return Object.keys(items);
      },
      getOwnPropertyDescriptor: function (target, name) {
        return has(name)
          ? { value: items[name], writable: true, enumerable: true, configurable: true }
          : undefined;
      },
    });
  }

  ["localStorage", "sessionStorage"].forEach(function (name) {
    if (!isThere(name)) {
      Object.defineProperty(window, name, { value: storage(name), configurable: true });
    }
  });

  try {
    void document.cookie;
  } catch (error) {
    var cookies = (all.cookies = all.cookies || {});
    Object.defineProperty(document, "cookie", {
      configurable: true,
      get: function () {
        return Object.keys(cookies)
          .map(function (name) {
            return name + "=" + cookies[name];
          })
          .join("; ");
      },
      set: function (line) {
        var parts = String(line).split(";");
        var at = parts[0].indexOf("=");
        var name = at < 0 ? "" : parts[0].slice(0, at).trim();
        var value = parts[0].slice(at + 1).trim();
        if (/;\s*max-age=(0|-)/i.test(line) || /;\s*expires=[^;]*\b19[0-9][0-9]\b/i.test(line)) {
          delete cookies[name];
        } else {
          cookies[name] = value;
        }
        keep();
      },
    });
  }
})();
