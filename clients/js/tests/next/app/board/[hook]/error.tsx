"use client";

import { useRouter } from "next/navigation";
import { startTransition } from "react";

export default function Failed({ reset }: { reset: () => void }) {
    const router = useRouter();
    const again = () =>
        startTransition(() => {
            router.refresh();
            reset();
        });
    return <button onClick={again}>Again</button>;
}
