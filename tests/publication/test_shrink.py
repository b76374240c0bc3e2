"""Scripts of a page are small and remain the programs that they were."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import rjsmin

from geoterritorio.errors import LayerError
from geoterritorio.publication.webmap import page
from geoterritorio.publication.webmap.shrink import declared, shrunk

OWN = sorted((Path(page.__file__).parent / "assets").glob("*.js"))
PROGRAM = r"""
((GT)=>{'use strict';const outer=3;const {kept,other:renamed}={kept:1,other:2};
const table={outer:7,method(first){return first+outer;},get value(){return outer*2;},kept,async later(){return outer;}};
let total=0;const pattern=/[/"'`]outer\/(\d+)/g;
function add(first,second=outer,...others){total+=first+second+others.length;return {total,first};}
const list=[1,2,3].map((item,place)=>item*place+outer);
const [head,...tail]=list;
const said=`outer ${outer+`in ${head} {outer}`} and ${table.outer?'outer':"second"} ${{outer}.outer}`;
const chosen=outer>2?head:tail;const name='inner';
add(1);add(1,2,3,4);for(const item of tail){total+=item/outer;}
const half=total/2/1;
try{throw new Error('first')}catch(error){total+=error.message.length;}
GT.out=[total,table.method(1),table.value,table.kept,said,list,head,tail,chosen,renamed,half,name,'/outer/12'.replace(pattern,'x'),add(0).first];
})(globalThis.GT||={});process.stdout.write(JSON.stringify(globalThis.GT.out));
"""


def ran(script: str) -> object:
    node = shutil.which("node")
    done = subprocess.run([node, "-e", script], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_a_shrunk_program_says_the_same():
    small = shrunk(PROGRAM)
    assert len(small) < 0.9 * len(PROGRAM)
    assert ran(small) == ran(PROGRAM)
    assert ran(shrunk(small)) == ran(PROGRAM)


def test_what_is_a_property_or_a_global_keeps_its_name():
    assert shrunk("const abc=1;x.abc=abc;y={abc:abc,def:2};") == "const a=1;x.abc=a;y={abc:a,def:2};"
    for script in ("const abc=1;f({abc});", "document.title=Number(abc);", "f('abc',/abc/,`abc`);"):
        assert shrunk(script) == script
    # within a function another one may mean the global
    assert shrunk("{{{const status=1;f(status);}}}") == "{{{const status=1;f(status);}}}"
    assert shrunk("const status=1;f(status);") == "const a=1;f(a);"


def test_globals_of_a_browser_are_renamed_only_where_the_whole_script_has_its_own(opened, map_file):
    blank = opened(map_file).page
    blank.goto("about:blank")
    for path in OWN:
        text = path.read_text(encoding="utf-8")
        names = sorted(declared(rjsmin.jsmin("((GT) => {" + text + "})();")))
        assert names
        found = blank.evaluate("(names) => names.filter((name) => name in window)", names)
        top = re.findall(r"^(?:async )?(?:const|let|function) (\w+|\[[^\]]*\])", text, re.MULTILINE)
        assert set(found) <= set(re.findall(r"\w+", " ".join(top))), path.name


def test_a_script_that_is_small_already_stays_as_small():
    for path in OWN:
        small = page.asset(f"assets/{path.name}")
        assert len(shrunk(small)) == len(small)


def test_what_is_no_script_is_refused():
    with pytest.raises(LayerError, match="cannot be read from its character 4"):
        shrunk("a = `b")
