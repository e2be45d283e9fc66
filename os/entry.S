// SPDX-License-Identifier: Apache-2.0
// See entry.h. Linked with -Wl,-e,foster_entry.
// Only registers and the red-zone-free stack are used; what the kernel put on the stack for _start is untouched.

    .section .data.foster_entry, "aw"
    .globl foster_inherited_mask
    .globl foster_entry_ran
    .balign 8
foster_inherited_mask:
    .quad 0
foster_entry_ran:
    .long 0

    .section .text.foster_entry, "ax"
    .globl foster_entry
    .weak _start
    .type foster_entry, %function
    .balign 16
foster_entry:
#if defined(__x86_64__)
    // rt_sigprocmask(SIG_SETMASK, &all, &foster_inherited_mask, 8); rdx belongs to _start (its
    // function for atexit), so it is kept in r12, which the ABI leaves undefined at entry.
    mov     %rdx, %r12
    mov     $14, %eax
    mov     $2, %edi
    lea     .Lall_signals(%rip), %rsi
    lea     foster_inherited_mask(%rip), %rdx
    mov     $8, %r10d
    syscall
    movl    $1, foster_entry_ran(%rip)
    mov     %r12, %rdx
    xor     %ebp, %ebp
    jmp     _start
#elif defined(__aarch64__)
    // x0 belongs to _start (its function for atexit on some systems; zero on Linux).
    mov     x19, x0
    mov     x8, #135
    mov     x0, #2
    adrp    x1, .Lall_signals
    add     x1, x1, :lo12:.Lall_signals
    adrp    x2, foster_inherited_mask
    add     x2, x2, :lo12:foster_inherited_mask
    mov     x3, #8
    svc     #0
    adrp    x1, foster_entry_ran
    add     x1, x1, :lo12:foster_entry_ran
    mov     w2, #1
    str     w2, [x1]
    mov     x0, x19
    b       _start
#else
#error "foster_entry is not written for this architecture"
#endif
    .size foster_entry, . - foster_entry

    // Beside the code, not in .rodata: the page is there already.
    .balign 8
.Lall_signals:
    .quad -1

    .section .note.GNU-stack, "", %progbits
