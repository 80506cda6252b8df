"""jupyter_kernel_test: Jupyter's own suite for kernels, every test of it."""

import jupyter_kernel_test

from support import COLD_START, KERNEL


class KernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("a warning");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"sea".len() + 1', "result": "4"},
    ]
    code_history_pattern = "6 ? 7*"
    supported_history_operations = ("tail", "range", "search")
    code_clear_output = r'print!("\x1b[2J");'

    # The suite wants the type in everything that a cell displays, and an answer comes with a line on where it is from.
    code_display_data = [
        {"code": "%sdap datasets", "mime": "text/html"},
        {"code": "%sdap box nino34", "mime": "image/png"},
        {"code": "%sdap box nino34", "mime": "image/svg+xml"},
        {"code": "%sdap map COADS_CLIMATOLOGY --bbox nino34", "mime": "text/plain"},
    ]
    code_generate_error = "%sdap timeseries NO_SUCH_DATASET --bbox nino34"
    code_page_something = "%sdap timeseries?"

    completion_samples = [
        {"text": "%sdap vers", "matches": {"version"}},
        {"text": "%sdap tim", "matches": {"timeseries"}},
        {"text": "%sdap describe COADS", "matches": {"COADS_CLIMATOLOGY"}},
        {"text": "%sdap map COADS_CLIMATOLOGY --stat var", "matches": {"variance"}},
    ]
    complete_code_samples = [
        "1 + 1",
        "let depth: f64 = 10.0;",
        "fn twice(x: f64) -> f64 {\n    2.0 * x\n}",
        "%sdap version",
        "let sst = %sdap timeseries OSTIA_SST_MONTHLY_TROPICS \\\n    --bbox nino34",
    ]
    incomplete_code_samples = [
        "fn twice(x: f64) -> f64 {",
        "let depths: Vec<f64> = vec![1.0,",
        'let name: &str = "open',
        "/* a remark",
        "%sdap timeseries OSTIA_SST_MONTHLY_TROPICS \\",
    ]
    invalid_code_samples = ["1 + 1)", "let x = }"]
    code_inspect_sample = "%sdap timeseries"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The suite waits 15 s for a cell; what Rust cells import may have to be compiled first.
        reply = cls.kc.execute("1", reply=True, timeout=COLD_START)
        if reply["content"]["status"] != "ok":
            raise AssertionError(f"the first Rust cell failed: {reply['content']}")


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True
