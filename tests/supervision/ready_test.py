#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the workload says of itself, by sd_notify's protocol or a newline on a descriptor: that it is ready."""
import subprocess

from harness import FOSTER, TERM, TIMEOUT, Case, main, needs_root, python
from notify_harness import names, needs_a_python_for_all, needs_systemd_notify, only, speaks, speaks_as_anybody, told


class Ready(Case):
    @needs_systemd_notify
    def test_is_what_systemd_notify_says(self):
        def body(options):
            foster = self.start('sh', '-c', 'systemd-notify --ready --status="all is well" && echo said && exec sleep 3600', options=[*options, '--ready=notify'],
                                status=True)
            foster.says('said')
            self.assertEqual(foster.event('status')['text'], 'all is well')
            ready = foster.event('ready')
            self.assertEqual((ready['by'], ready['run']), ('notify', 1))
            foster.send(TERM)
            self.assertEqual(foster.wait()[0], 143)
        self.in_every_setting(body)

    @needs_root
    @needs_a_python_for_all
    def test_is_heard_in_network_namespaces_and_under_another_user_too(self):
        foster = self.start(*speaks_as_anybody('notify("READY=1"); barrier(); say(os.getuid())'), status=True,
                            options=['--new=pid,mount,net', '--proc', '--user=65534:65534', '--ready=notify'])
        self.assertEqual(foster.wait(), (0, ['65534']))
        self.assertEqual(foster.event('ready')['by'], 'notify')

    @needs_root
    def test_is_heard_from_a_root_folder_of_the_workloads_own(self):
        foster = self.start(*speaks('''
import tempfile
folder = tempfile.mkdtemp()
os.chroot(folder)
notify("READY=1"); barrier()
os.chroot(".")
'''), status=True, options=['--ready=notify'])
        self.addCleanup(foster.wait)
        self.assertEqual(foster.event('ready')['run'], 1)

    def test_is_told_even_if_it_is_the_last_word(self):
        def body(options):
            for _ in range(5):
                foster = self.start(*speaks('notify("ERRNO=2\\nEXIT_STATUS=7\\nREADY=1"); os._exit(7)'), options=[*options, '--ready=notify'], status=True)
                self.assertEqual(foster.wait()[0], 7)
                events = told(foster)
                self.assertEqual(names(events), ['setup', 'started', 'ready', 'ended', 'exit'])
                self.assertEqual((only(events, 'ended')[0]['errno'], only(events, 'ended')[0]['exit_status']), (2, 7))
        self.in_every_setting(body)

    def test_is_told_once_a_run_and_again_after_reloading(self):
        def body(options):
            foster = self.start(*speaks('for text in ("READY=1", "READY=1", "RELOADING=1", "READY=1", "READY=1", "STOPPING=1"): notify(text)\nbarrier()'),
                                options=[*options, '--ready=notify'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertEqual(names(told(foster)), ['setup', 'started', 'ready', 'reloading', 'ready', 'stopping', 'ended', 'exit'])
        self.in_every_setting(body)

    def test_comes_anew_with_each_run(self):
        def body(options):
            foster = self.start(*speaks('notify("READY=1\\nERRNO=5"); os._exit(3)'), status=True,
                                options=[*options, '--ready=notify', '--restart=on-failure:2', '--backoff=1ms'])
            self.assertEqual(foster.wait()[0], 3)
            events = told(foster)
            self.assertEqual([event['run'] for event in only(events, 'ready')], [1, 2, 3])
            self.assertEqual([event['errno'] for event in only(events, 'ended')], [5, 5, 5])
        self.in_every_setting(body)

    def test_can_be_a_newline_on_a_descriptor(self):
        def body(options):
            for number in (3, 5, 77):
                foster = self.start(*python(f'os.write({number}, b"up"); say("half"); sys.stdin.readline(); os.write({number}, b"\\nand more"); sys.stdin.readline()'),
                                    options=[*options, f'--ready=fd:{number}'], status=True, stdin=subprocess.PIPE)
                foster.says('half')
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
                ready = foster.event('ready')
                self.assertEqual((ready['by'], ready['run']), ('fd', 1))
                foster.process.stdin.write(b'\n')
                foster.process.stdin.flush()
                self.assertEqual(foster.wait()[0], 0)
        self.in_every_setting(body)

    def test_on_a_descriptor_is_not_its_end(self):
        def body(options):
            foster = self.start(*python('os.write(4, b"not yet"); os.close(4)'), options=[*options, '--ready=fd:4'], status=True)
            self.assertEqual(foster.wait()[0], 0)
            self.assertNotIn('ready', names(told(foster)))
        self.in_every_setting(body)

    def test_on_a_descriptor_comes_anew_with_each_run(self):
        def body(options):
            foster = self.start('sh', '-c', 'echo >&4; exit 3', options=[*options, '--ready=fd:4', '--restart=on-failure:2', '--backoff=1ms'], status=True)
            self.assertEqual(foster.wait()[0], 3)
            self.assertEqual([event['run'] for event in only(told(foster), 'ready')], [1, 2, 3])
        self.in_every_setting(body)

    def test_on_a_descriptor_gives_the_workload_that_one_and_no_other(self):
        def body(options):
            foster = self.start(*python('say(sorted(int(fd) for fd in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + fd)))'),
                                options=[*options, '--ready=fd:9'])
            self.assertEqual(foster.wait(), (0, ['[0, 1, 2, 9]']))
        self.in_every_setting(body)

    def test_a_descriptor_beyond_the_limit_is_refused(self):
        done = subprocess.run([FOSTER, '--ready=fd:999999999', '--', 'true'], stderr=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT)
        self.assertEqual((done.returncode, done.stderr.count('\n')), (125, 1))
        self.assertIn('--ready: dup2', done.stderr)

    def test_bad_values_are_refused(self):
        for value in ('', 'fd', 'fd:', 'fd:2', 'fd:-1', 'fd:3x', 'fd: 3', 'fd:99999999999', 'yes'):
            self.refused(f'--ready={value}', 'true', said=f'foster: --ready: "{value}": not notify, and not fd:N')
        self.refused('--watchdog=soon', 'true', said='foster: --watchdog: "soon": not a duration')
        self.refused('--watchdog=1.5us', 'true', said='foster: --watchdog: "1.5us": ')
        self.refused('--watchdog=0.0001', 'true', said='foster: --watchdog: "0.0001": shorter than 1ms')
        self.refused('--pause', '--ready=notify', said='foster: --ready: ')
        self.refused('--pause', '--watchdog=1s', said='foster: --watchdog: ')


if __name__ == '__main__':
    main()
