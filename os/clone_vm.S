// SPDX-License-Identifier: Apache-2.0
// long foster_clone_vm(unsigned long flags, int* pidfd, void (*body)(void*), void* argument)
//
// clone(flags, stack = the caller's own, pidfd, 0, 0). The parent returns the child's id or a negative errno. The child
// calls body(argument) and must not come back. In C the compiler may let both sides use the same stack slot for
// different things; here the child uses only what lies below the parent's frame.

    .text
    .globl foster_clone_vm
    .type foster_clone_vm, %function
    .balign 16
foster_clone_vm:
#if defined(__x86_64__)
    mov     %rdx, %r9
    mov     %rcx, %r8
    mov     %rsi, %rdx
    xor     %esi, %esi
    xor     %r10d, %r10d
    mov     $56, %eax
    syscall
    test    %rax, %rax
    jz      1f
    ret
1:  xor     %ebp, %ebp
    sub     $8, %rsp
    mov     %r8, %rdi
    call    *%r9
    hlt
#elif defined(__aarch64__)
    mov     x5, x2
    mov     x6, x3
    mov     x2, x1
    mov     x1, #0
    mov     x3, #0
    mov     x4, #0
    mov     x8, #220
    svc     #0
    cbz     x0, 1f
    ret
1:  mov     x29, #0
    mov     x30, #0
    mov     x0, x6
    blr     x5
    brk     #1
#else
#error "foster_clone_vm is not written for this architecture"
#endif
    .size foster_clone_vm, . - foster_clone_vm

    .section .note.GNU-stack, "", %progbits
