"""check_rooms must fail on what the house forbids; each case is a small tree of its own."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CHECK = Path(__file__).with_name("check_rooms")


def check(files: dict[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, "src", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        done = subprocess.run([sys.executable, CHECK, "--root", folder], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr


class CheckRooms(unittest.TestCase):
    def assert_refused(self, files: dict[str, str], reason: str) -> None:
        code, said = check(files)
        self.assertEqual(code, 1, said)
        self.assertIn(reason, said)

    def assert_fine(self, files: dict[str, str]) -> None:
        code, said = check(files)
        self.assertEqual(code, 0, said)

    def test_accepts_imports_that_the_table_allows(self):
        self.assert_fine(
            {
                "base/error.hpp": "#pragma once\n#include <string>\n#include <tl/expected.hpp>\n",
                "domain/image.hpp": '#pragma once\n#include "base/error.hpp"\n',
                "imaging/decode.hpp": '#include <vips/vips8>\n#include "domain/image.hpp"\n',
                "child/main.cpp": '#include "imaging/decode.hpp"\n#include <unistd.h>\n',
                "imaging/decode_test.cpp": '#include <gtest/gtest.h>\n#include "imaging/decode.hpp"\n',
            }
        )

    def test_refuses_an_adapter_that_knows_another(self):
        self.assert_refused(
            {"storage/store.hpp": "", "net/fetch.cpp": '#include "storage/store.hpp"\n'},
            "net may not import storage",
        )

    def test_refuses_a_rule_that_knows_an_adapter(self):
        self.assert_refused(
            {"storage/store.hpp": "", "service/export.cpp": '#include "storage/store.hpp"\n'},
            "service may not import storage",
        )

    def test_refuses_the_server_that_knows_a_decoder(self):
        self.assert_refused(
            {"imaging/decode.hpp": "", "app/wiring.cpp": '#include "imaging/decode.hpp"\n'},
            "app may not import imaging",
        )

    def test_refuses_base_that_knows_the_domain(self):
        self.assert_refused(
            {"domain/image.hpp": "", "base/ids.cpp": '#include "domain/image.hpp"\n'},
            "base may not import domain",
        )

    def test_refuses_a_third_party_header_outside_its_owner(self):
        self.assert_refused({"http/server.cpp": "#include <sqlite3.h>\n"}, "<sqlite3.h> belongs to storage")
        self.assert_refused({"domain/job.cpp": "#include <nlohmann/json.hpp>\n"}, "belongs to base")

    def test_refuses_a_third_party_header_without_an_owner(self):
        self.assert_refused({"imaging/x.cpp": "#include <opencv2/core.hpp>\n"}, "has no owner")

    def test_refuses_system_calls_among_the_rules(self):
        self.assert_refused({"domain/job.cpp": "#include <unistd.h>\n"}, "holds rules only")

    def test_refuses_test_headers_in_the_product(self):
        self.assert_refused({"domain/job.cpp": "#include <gtest/gtest.h>\n"}, "has no owner")

    def test_refuses_a_circle_between_files(self):
        self.assert_refused(
            {
                "domain/a.hpp": '#include "domain/b.hpp"\n',
                "domain/b.hpp": '#include "domain/c.hpp"\n',
                "domain/c.hpp": '#include "domain/a.hpp"\n',
            },
            "circle between files: domain/a.hpp → domain/b.hpp → domain/c.hpp → domain/a.hpp",
        )

    def test_refuses_a_file_outside_every_room(self):
        self.assert_refused({"stuff/x.cpp": ""}, "lies in no room")
        self.assert_refused({"engine/x.cpp": ""}, "lies in no room")

    def test_refuses_an_include_that_is_not_rooted_at_src(self):
        self.assert_refused({"domain/a.hpp": "", "domain/b.hpp": '#include "a.hpp"\n'}, "no file below src/")

    def test_refuses_a_link_that_the_table_forbids(self):
        self.assert_refused(
            {"http/CMakeLists.txt": "pictor_room(NAME http DEPENDS base domain imaging LIBS pictor::boost)\n"},
            "http may not link imaging",
        )


if __name__ == "__main__":
    unittest.main()
