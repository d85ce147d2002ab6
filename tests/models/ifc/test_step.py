"""STEP files as tables: every way of writing an entity, and what is found of a broken one."""

import pytest

from models.ifc.step import Enumeration, Reference, Step, Typed, text, value

FILE = b"""ISO-10303-21;
DATA;
#1=IFCCARTESIANPOINT((0.,0.,0.));
#2= IFCWALL('guid',$,'a ''wall''; #9=IFCDOOR(',(#1,#3),.T.,IFCLABEL('x, (y)'),-1.5E-3,((1,2),(3,4)));
#3 =IFCPROPERTYSINGLEVALUE('Load',$,IFCREAL(2.5),$); #4=IFCPROPERTYSINGLEVALUE('Who''s',$,IFCTEXT('me; (you)'),$);
/* #5=IFCSLAB('comment'); */
#6=IFCQUANTITYLENGTH('Width',$,$,0.25,$);
#70=IFCPROPERTYLISTVALUE(
  'List', $,
  (IFCLABEL('a'),IFCLABEL('b')), $);
#8=IFCWALL();
ENDSEC;
END-ISO-10303-21;
"""


@pytest.fixture
def step():
    return Step(FILE)


def test_entities_are_found_by_class_in_the_order_of_the_file(step):
    assert [entity.number for entity in step.of("IFCWALL")] == [2, 8]
    assert [entity.number for entity in step.of("IFCNOTHING")] == []


def test_arguments_are_what_is_meant(step):
    wall = step.entity(2)
    assert wall.text(2) == "a 'wall'; #9=IFCDOOR("
    assert wall.references(3) == [1, 3]
    assert wall.at(4) == Enumeration("T")
    assert wall.at(5) == Typed("IFCLABEL", "x, (y)")
    assert wall.number_at(6) == -0.0015
    assert wall.at(7) == [[1, 2], [3, 4]]
    assert step.entity(70).at(2) == [Typed("IFCLABEL", "a"), Typed("IFCLABEL", "b")]


def test_what_is_not_there_or_something_else_is_nothing(step):
    wall = step.entity(2)
    assert (wall.at(1), wall.at(99), wall.text(3), wall.reference(0), wall.number_at(0)) == (None, None, "", None, None)
    assert wall.references(0) == []
    assert step.entity(999).kind == step.kind(999) == step.entity(None).kind == ""
    assert step.entity(8).arguments == []


def test_single_values_and_quantities_are_read_all_at_once(step):
    assert step.singles == {
        3: ("Load", Typed("IFCREAL", 2.5)),
        4: ("Who's", Typed("IFCTEXT", "me; (you)")),
        6: ("Width", 0.25),
    }


def test_a_statement_is_found_whole_whatever_its_class(step):
    assert step.line(1) == b"#1=IFCCARTESIANPOINT((0.,0.,0.));"
    assert step.line(3).startswith(b"#3 =IFCPROPERTYSINGLEVALUE('Load'")
    assert step.line(4).endswith(b"(you)'),$);")
    assert step.line(999) == b""


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb"Caf\X\E9", "Café"),
        (rb"Caf\S\i", "Café"),
        (rb"\X2\004700E9\X0\n", "Gén"),
        (rb"\X4\0001F3E0\X0\ ", "🏠 "),
        (rb"C:\\plans", "C:\\plans"),
        ("zaaghoogte ½".encode(), "zaaghoogte ½"),
        (b"caf\xe9", "café"),
        (rb"\X2\00", r"\X2\00"),
    ],
)
def test_texts_are_what_is_meant(written, meant):
    assert text(written) == meant


@pytest.mark.parametrize("written", [b"", b"$", b"*", b"#", b"#x", b"+", b"1.2.3", b"'", b"IFCLABEL(", b'"0F"'])
def test_what_cannot_be_read_is_nothing(written):
    assert not value(written)


def test_brackets_as_deep_as_a_well_end_soon():
    assert Step(b"#1=IFCWALL(" + b"(" * 50_000 + b");").entity(1).at(0) is None
    assert isinstance(value(b"#12"), Reference)


def test_one_of_the_many_is_found_beside_what_refers_to_it_wherever_its_number_should_be():
    points = "".join(f"#{number}=IFCCARTESIANPOINT(({number}.,0.,0.));\n" for number in range(500, 700))
    text = f"#900=IFCWALL($);\n{points}#1=IFCSITE($);\n#2=IFCDOOR($);\n"
    step = Step(text.encode())
    step._searches_left = 0
    assert step.whole(900).kind == "IFCWALL"
    assert step.whole(650).at(0) == [650.0, 0.0, 0.0]
    assert "_rest" not in vars(step)
    assert step.whole(None).kind == step.whole(701).kind == ""
